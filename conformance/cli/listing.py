"""`gimg-conformance requirements [ID]`."""

from pathlib import Path

from rich.console import Console

from conformance.report.catalogue import print_catalogue, print_requirement
from conformance.requirements import load
from conformance.requirements.tests_index import tests_by_requirement

PACKAGE = Path(__file__).parents[1]


def show(id_: str | None) -> None:
    """Print the registry or one row of it. Raises UnknownRequirement with the ids that are near."""
    registry, console = load(), Console(highlight=False)
    if id_ is None:
        print_catalogue(registry, console)
        return
    row = registry[id_.upper()]
    tests = tests_by_requirement(PACKAGE / "suite", PACKAGE / "checks" / "passive.py")
    print_requirement(row, registry, tests.get(row.id, []), console)
