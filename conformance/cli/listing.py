"""`gimg-conformance requirements [ID]`."""

from rich.console import Console

from conformance.report.registry import print_catalogue, print_requirement
from conformance.requirements import load


def show(id_: str | None) -> None:
    """Print the registry or one requirement of it. Raises UnknownRequirement, which suggests similar ids."""
    registry, console = load(), Console(highlight=False)
    if id_ is None:
        print_catalogue(registry, console)
        return
    from conformance.cli.coverage_table import tests_by_requirement  # noqa: PLC0415 - loads the suite

    row = registry[id_.upper()]
    print_requirement(row, registry, tests_by_requirement().get(row.id, []), console)
