"""`gimg-conformance requirements [ID|AREA|RULING]`."""

import re
import sys
from dataclasses import replace

from conformance.report.layout import console_for
from conformance.report.registry import print_catalogue, print_requirement, print_ruling
from conformance.requirements.translation import told

RULING = re.compile(r"R[0-9]+")


def show(word: str, lang: str) -> None:
    """Print the registry, an area, a requirement or a ruling. Raises UnknownRequirement, which suggests similar ids."""
    registry, console, word = told(lang), console_for(sys.stdout, breaks=True), word.upper()
    for area, rows in registry.by_area().items():
        if area.prefix == word:
            registry, word = replace(registry, areas=(area,), rows=rows), ""
    if RULING.fullmatch(word):
        print_ruling(registry.ruling(word), registry, console)
        return
    if not word:
        print_catalogue(registry, console)
        return
    from conformance.cli.coverage_table import tests_by_requirement  # noqa: PLC0415 - loads the suite

    row = registry[word]
    print_requirement(row, registry, tests_by_requirement().get(row.id, []), console)
