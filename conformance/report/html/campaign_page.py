"""The page of a campaign of faults: which requirements failed before each fault, as a matrix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.report.html.phrases import Words
from conformance.report.html.rendering import rendered


@dataclass(frozen=True, slots=True)
class FaultRow:
    """An entry of the catalogue and what became of it. Ids of requirements; `also` may fail and need not be named."""

    name: str
    section: str
    text: str
    fate: str
    good: bool
    expected: tuple[str, ...]
    also: tuple[str, ...]
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    seconds: float
    told: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One sign of the matrix: `column` counts from 0."""

    column: int
    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Section:
    """The matrix of one section: the columns are the requirements that one of its entries meets."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[FaultRow, tuple[Cell, ...]], ...]


def matrix_page(rows: Iterable[FaultRow], seconds: float, lang: str = "en", total: int = 0) -> str:
    """The whole page, in "en" or "zh-TW". `total`: how many entries there are, where some were not run."""
    every = list(rows)
    values: dict[str, Any] = {"sections": _sections(every), "entries": every, "seconds": seconds, "total": total}
    return rendered("campaign.html.jinja", Words(lang), **values)


def _sections(rows: Sequence[FaultRow]) -> list[Section]:
    by_section: dict[str, list[FaultRow]] = {}
    for row in sorted(rows, key=lambda row: (row.section, row.good, row.name)):
        by_section.setdefault(row.section, []).append(row)
    return [_section(name, few) for name, few in by_section.items()]


def _section(name: str, rows: Sequence[FaultRow]) -> Section:
    cells = {row.name: cells_of(row) for row in rows}
    columns = sorted({id_ for few in cells.values() for id_ in few}, key=_in_order)
    place = {id_: number for number, id_ in enumerate(columns)}
    drawn = (
        (
            row,
            tuple(
                Cell(place[id_], id_, kind) for id_, kind in sorted(cells[row.name].items(), key=lambda c: place[c[0]])
            ),
        )
        for row in rows
    )
    return Section(name, tuple(columns), tuple(drawn))


def cells_of(row: FaultRow) -> dict[str, str]:
    """By requirement what became of it: "killed", "also", "survived", "unnamed" or "undecided"."""
    found = dict.fromkeys(row.undecided, "undecided")
    found |= {id_: "killed" if id_ in row.expected else "also" if id_ in row.also else "unnamed" for id_ in row.failed}
    return found | {id_: "survived" for id_ in row.expected if id_ not in row.failed}


def _in_order(id_: str) -> tuple[str, int]:
    area, _, number = id_.partition("-")
    return area, int(number) if number.isdecimal() else 0
