"""The table of the areas: how many requirements have which verdict, and what testing them cost."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from conformance.report.model import Report, RequirementPart
from conformance.report.palette import LOOKS
from conformance.requirements import Level
from conformance.verdict import Verdict

BAR = 16
SHARED = "Shared by all"
"""The row of scenarios that are no area's: the first contact, what is removed at the end."""
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


def area_table(report: Report, width: int) -> RenderableType:
    """OPEN requirements are left out, and so are rare verdicts that no requirement has.

    What scenarios took that are no area's has its own row, so that the requests add up to the run's. Where `width`
    columns are too few for the cost, it is left out; where they are too few for a table, there are lines.
    """
    rows = [row for row in report.requirements if row.level is not Level.OPEN]
    present = {row.verdict for row in rows}
    shown = [verdict for verdict in _IN_ORDER if verdict in _ALWAYS or verdict in present]
    if width < _width(heads := [_HEADS.get(verdict, LOOKS[verdict].word) for verdict in shown]):
        return Text("\n" + "\n".join(_lines(report, rows)))
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 0, 0, 1),
        pad_edge=False,
        show_footer=True,
        header_style="dim",
        footer_style="bold",
    )
    table.add_column("requirements by area", footer="all", min_width=20, overflow="fold")
    bar = BAR if width >= WIDE else 0
    if bar:
        table.add_column("", footer=_bar(rows, bar), no_wrap=True)
    for verdict, head in zip(shown, heads, strict=True):
        total = sum(row.verdict is verdict for row in rows)
        _add_numbers(table, head, _number(total, verdict))
    requests, seconds = _costs(report)
    with_cost = width >= _width([*heads, _REQUESTS, _SECONDS])
    if with_cost:
        _add_numbers(table, _REQUESTS, Text(str(report.cost.requests)))
        _add_numbers(table, _SECONDS, Text(f"{report.wall_seconds:.1f}"))
    for area in report.areas:
        own = [row for row in rows if row.area == area.area]
        counts = Counter(row.verdict for row in own)
        cells = [_number(counts[verdict], verdict) for verdict in shown]
        cost = [_faint(requests[area.area], "d"), _faint(seconds[area.area], ".1f")]
        table.add_row(Text(area.title), *([_bar(own, bar)] if bar else []), *cells, *(cost if with_cost else ()))
    if with_cost and (requests[""] or seconds[""]):
        nothing = [_number(0, verdict) for verdict in shown]
        cost = [_faint(requests[""], "d"), _faint(seconds[""], ".1f")]
        table.add_row(Text(SHARED), *([Text("")] if bar else []), *nothing, *cost)
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


def _costs(report: Report) -> tuple[Counter[str], dict[str, float]]:
    """Requests under the accounts' keys, and seconds of the scenarios, by area; under "" those of all areas."""
    requests: Counter[str] = Counter()
    seconds = defaultdict[str, float](float)
    for scenario in report.scenarios:
        requests[scenario.area] += scenario.requests
        seconds[scenario.area] += scenario.seconds
    return requests, seconds


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
