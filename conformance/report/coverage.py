"""The registry as a Markdown document: what judges each requirement, and which faults prove that it does."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.requirements import Area, Level, Registry, Requirement

PACKAGE = "../conformance"
"""Relative to the folder of the document."""
PASSIVE = "passive"
Ids = Mapping[str, Sequence[str]]
"""Tests or faults by requirement: the path of the file under the package, "::" and the name."""

_HEAD = """\
# Requirements, and what tests them

Every promise of the documentation, the tests that judge it, and the deliberate faults of the reference server. Each
fault proves that these tests fail when the promise is broken.

{table}

There are {tests} tests, {faults} faults, and {variations} permitted variations, which must pass. Of the tests, \
{passive} judge the traffic of the others and send no request of their own.

- MUST: the documentation says it. SHOULD: it implies it, or a published standard or ordinary security does. OPEN: it
  leaves the choice to the target, which is recorded and never judged.
- A test is shown in words, with a link to its file. Its name there is `test_` and the same words, with underscores.
- `gimg-conformance requirements RATE-6` shows one requirement with its source and rulings.
- `gimg-conformance serve --fault NAME` starts a server that has the fault.

This file is generated: `gimg-conformance requirements --coverage > reports/coverage.md`.
"""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The totals."""

    tests: int
    faults: int
    variations: int


def coverage_document(registry: Registry, tests: Ids, faults: Ids, catalogue: Catalogue, axes: str) -> str:
    """Counts, then all requirements by area, then the table of axes. One without a test says why it has none."""
    every = {id_ for ids in (*tests.values(), *faults.values()) for id_ in ids}
    head = _HEAD.format(
        table=_counts(registry, tests, faults),
        tests=catalogue.tests,
        passive=sum(id_.startswith(f"{PASSIVE}::") for id_ in every),
        faults=catalogue.faults,
        variations=catalogue.variations,
    )
    sections = [_section(area, rows, tests, faults) for area, rows in registry.by_area().items()]
    targets = sorted({(_label(id_), _path(id_)) for id_ in every})
    return "\n".join([head, *sections, axes, *(f"[{label}]: {PACKAGE}/{path}" for label, path in targets), ""])


def _counts(registry: Registry, tests: Collection[str], faults: Collection[str]) -> str:
    lines = [["level", "requirements", "with a test", "with a fault"], ["---", *["--:"] * 3]]
    for name, levels in [*((level, {level}) for level in Level), ("all", set(Level))]:
        rows = [row.id for row in registry if row.level in levels]
        tested, proven = (sum(id_ in ids for id_ in rows) for ids in (tests, faults))
        lines.append([name, str(len(rows)), str(tested), str(proven)])
    return table(lines)


def _section(area: Area, rows: Iterable[Requirement], tests: Ids, faults: Ids) -> str:
    lines = [["id", "level", "requirement", "tests", "faults"], ["---"] * 5]
    for row in rows:
        judges = [f"[{_words(id_)}][{_label(id_)}]" for id_ in tests.get(row.id, ())]
        broken = [f"[{_name(id_)}][{_label(id_)}]" for id_ in faults.get(row.id, ())]
        without = [f"*not tested: {plain(row.untested or 'no test is written yet')}*"]
        lines.append([row.id, row.level, plain(row.sentence), "<br>".join(judges or without), "<br>".join(broken)])
    return f"## {area.title}\n\n{table(lines)}\n"


def table(lines: Iterable[Sequence[str]]) -> str:
    """Lines of cells as Markdown; the first is the head, the second its rule."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _name(id_: str) -> str:
    return id_.rpartition("::")[2]


def _words(id_: str) -> str:
    words = _name(id_).removeprefix("test_").replace("_", " ")
    return f"all traffic: {words}" if id_.startswith(f"{PASSIVE}::") else words


def _path(id_: str) -> str:
    path = id_.partition("::")[0]
    return "checks/passive.py" if path == PASSIVE else path


def _label(id_: str) -> str:
    return _path(id_).rpartition("/")[2].removesuffix(".py")


def plain(text: str) -> str:
    """Escapes what Markdown would take for markup."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)
