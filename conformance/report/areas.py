"""The table of the areas: how many requirements have which verdict, and what testing them cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from conformance.report.layout import Labelled, in_signs_of
from conformance.report.model import Report, RequirementPart
from conformance.report.palette import LOOKS
from conformance.requirements import Level
from conformance.verdict import Verdict

BAR = 16
SHARED = "Shared by all"
"""The row of scenarios that are no area's: the first contact, what is removed at the end."""
OTHERS = "Other areas"
"""The row of areas that the report is not about."""
TENTH = 0.1
WIDE = 100
"""Columns of a terminal that has room for the bar."""
_AREA_WIDTH = 21
_REQUESTS, _SECONDS = "re-\nquests", "seconds"
_ALWAYS = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED)
_IN_ORDER = (*_ALWAYS[:3], Verdict.ERROR, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)
_HEADS = {
    Verdict.INCONCLUSIVE: "incon-\nclusive",
    Verdict.ERROR: "suite\nerror",
    Verdict.NOT_APPLICABLE: "not\nappl.",
    Verdict.NOT_TESTED: "not\ntested",
}


@dataclass(frozen=True, slots=True)
class _Cost:
    """What an area took. `title`: of a row that has no requirements."""

    area: str
    title: str = ""
    requests: int = 0
    seconds: float = 0.0


def area_table(report: Report, console: Console) -> RenderableType:
    """OPEN requirements are left out, and so are rare verdicts that no requirement has.

    What scenarios took that are no area's has rows of its own, so that the numbers add up. Where the console is too
    narrow for the cost, or for a table, it says so.
    """
    rows = [row for row in report.requirements if row.level is not Level.OPEN]
    present = {row.verdict for row in rows}
    shown = [verdict for verdict in _IN_ORDER if verdict in _ALWAYS or verdict in present]
    heads = [_HEADS.get(verdict, LOOKS[verdict].word) for verdict in shown]
    if console.width < _width(heads):
        return Labelled(Text(), Text("\n".join(_lines(report, rows))))
    needed = _width([*heads, _REQUESTS, _SECONDS])
    costs = _costs(report) if console.width >= needed else []
    table = _table(report, rows, shown, costs, console)
    note = _note(report, costs) if costs else f"Requests and seconds need a terminal of {needed} columns."
    return Group(table, Labelled(Text(), Text(note, style="dim"))) if note else table


def _table(
    report: Report, rows: Sequence[RequirementPart], shown: Sequence[Verdict], costs: Sequence[_Cost], console: Console
) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), pad_edge=False, show_edge=False, show_footer=True,
        header_style="dim", footer_style="bold",
    )  # fmt: skip
    table.add_column("requirements by area", footer="all", min_width=20, overflow="fold")
    bar = BAR if console.width >= WIDE else 0
    if bar:
        table.add_column("", footer=in_signs_of(console, _bar(rows, bar)), no_wrap=True)
    for verdict in shown:
        total = sum(row.verdict is verdict for row in rows)
        _add_numbers(table, _HEADS.get(verdict, LOOKS[verdict].word), in_signs_of(console, _number(total, verdict)))
    if costs:
        _add_numbers(table, _REQUESTS, Text(str(sum(cost.requests for cost in costs))))
        _add_numbers(table, _SECONDS, Text(f"{sum(cost.seconds for cost in costs):.1f}"))
    by_area = {cost.area: cost for cost in costs}
    others = [(cost.area, cost.title) for cost in costs if cost.title]
    for area, title in (*((area.area, area.title) for area in report.areas), *others):
        own = [row for row in rows if row.area == area]
        counts = Counter(row.verdict for row in own)
        cells = [_number(counts[verdict], verdict) for verdict in shown]
        cost = by_area.get(area, _Cost(area))
        cells += [_faint(cost.requests, "d"), _faint(cost.seconds, ".1f")] if costs else []
        cells = [*([_bar(own, bar)] if bar else []), *cells]
        table.add_row(Text(title), *(in_signs_of(console, cell) for cell in cells))
    return table


def _width(heads: Sequence[str]) -> int:
    """Columns that a table with these numbers needs."""
    return _AREA_WIDTH + sum(max(map(len, head.split("\n"))) + 2 for head in heads)


def _lines(report: Report, rows: Sequence[RequirementPart]) -> Iterator[str]:
    for title, own in (
        *((area.title, [row for row in rows if row.area == area.area]) for area in report.areas),
        ("All requirements", rows),
    ):
        counts = Counter(row.verdict for row in own)
        words = [f"{counts[verdict]} {LOOKS[verdict].word}" for verdict in _IN_ORDER if counts[verdict]]
        yield f"{title}: {', '.join(words)}"


def _add_numbers(table: Table, head: str, footer: Text) -> None:
    words = head.split("\n")
    width = max(map(len, words))
    words = [word.rjust(width) for word in words]
    table.add_column("\n".join(words), footer=footer, justify="right", no_wrap=True, min_width=width)


def _number(count: int, verdict: Verdict) -> Text:
    return Text(str(count), style=LOOKS[verdict].style) if count else Text("·", style="dim")


def _faint(amount: float, form: str) -> Text:
    return Text(format(amount, form), style="dim") if amount else Text("·", style="dim")


def _costs(report: Report) -> list[_Cost]:
    """Requests under the accounts' keys, and seconds of the scenarios: of each area, of the others, and of no area."""
    known = {area.area for area in report.areas}
    found = {area: _Cost(area) for area in (*known, "", OTHERS)}
    found[""], found[OTHERS] = _Cost("", SHARED), _Cost(OTHERS, OTHERS)
    for scenario in report.scenarios:
        area = scenario.area if scenario.area in found else OTHERS
        cost = found[area]
        found[area] = replace(cost, requests=cost.requests + scenario.requests, seconds=cost.seconds + scenario.seconds)
    # As they are shown, so that what is shown adds up.
    shown = [replace(cost, seconds=round(cost.seconds, 1)) for cost in found.values()]
    return [cost for cost in shown if not cost.title or cost.requests or cost.seconds]


def _note(report: Report, costs: Sequence[_Cost]) -> str:
    """Why the seconds are not those of the run."""
    total = sum(cost.seconds for cost in costs)
    if not total or abs(total - report.wall_seconds) < TENTH:
        return ""
    less = total < report.wall_seconds
    why = "the suite's own work included" if less else "with scenarios at the same time"
    return f"Seconds of requests. The run took {report.wall_seconds:.1f}, {why}."


def _bar(rows: Sequence[RequirementPart], width: int) -> Text:
    """Shares of the verdicts; what there is of a verdict is never rounded away."""
    counts = Counter(row.verdict for row in rows)
    present = [verdict for verdict in _IN_ORDER if counts[verdict]]
    if not present:
        return Text(" " * width)
    cells = {verdict: max(1, width * counts[verdict] // len(rows)) for verdict in present}
    largest = max(present, key=lambda verdict: counts[verdict])
    cells[largest] += width - sum(cells.values())
    return Text.assemble(*((LOOKS[verdict].cell * cells[verdict], LOOKS[verdict].style) for verdict in present))
