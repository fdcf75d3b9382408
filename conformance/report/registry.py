"""The registry in a terminal: all requirements by area, or one with its rulings, its tests and its needs."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.counted import counted
from conformance.report.layout import in_signs_of
from conformance.report.wrapped import Wrapped
from conformance.requirements import Level, Need, Registry, Requirement, Ruling

LEVEL_STYLES = {Level.MUST: "bold", Level.SHOULD: "", Level.OPEN: "dim"}
NEEDS = {
    Need.COOKIE: 'cookie = "…" in [accounts.primary]: its dashboard session',
    Need.OTHER_COOKIE: 'cookie = "…" in [accounts.other]: its dashboard session',
    Need.REJECTED: 'rejected = "…" in [prompts]: refused at submission',
    Need.BLOCKED: 'blocked = "…" in [prompts]: accepted, then blocked',
    Need.FAILED: 'failed = "…" in [prompts]: accepted, then failed',
    Need.WEBHOOKS: "[webhooks]: a receiver that the target can reach",
    Need.WAITING: "time: a test clock, or minutes of real time (--max-wait limits them)",
    Need.EXHAUSTS: "--profile certify, which may use up an account's quota or concurrency",
}


def need_in_words(need: Need) -> str:
    """What to provide: the line of the target file, or the option."""
    return NEEDS.get(need, f'[accounts.{need}] key = "…"')


def print_catalogue(registry: Registry, console: Console) -> None:
    """All requirements by area."""
    for area, rows in registry.by_area().items():
        console.print(Text.assemble((area.title, "bold cyan"), (f"  {len(rows)}", "dim")))
        console.print(_table(rows))
    counts = ", ".join(f"{sum(row.level is level for row in registry)} {level}" for level in Level)
    sums = f"{counted(len(registry), 'requirement')}: {counts} (observed, and not judged)"
    console.print(Text(sums, style="dim"))


def _table(rows: Iterable[Requirement]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, min_width=6)
    table.add_column(overflow="fold")
    for row in rows:
        style = LEVEL_STYLES[row.level]
        untested = f"  (not tested: {row.untested})" if row.untested else ""
        words = Text.assemble(row.sentence, (untested, "dim"))
        table.add_row(Text(row.id, style=style), Text(row.level, style=style), Wrapped(words))
    return table


def print_ruling(ruling: Ruling, registry: Registry, console: Console) -> None:
    """One ruling, and the requirements that rest on it."""
    rows = [row for row in registry if ruling.id in row.rulings]
    console.print(Text.assemble((ruling.id, "bold cyan"), "  ", (ruling.where, "bold")))
    console.print(Wrapped(Text(ruling.reading)))
    console.print(_table(rows) if rows else Text("No requirement rests on it.", style="dim"))


def print_requirement(requirement: Requirement, registry: Registry, tests: Sequence[str], console: Console) -> None:
    """One requirement. `tests` are the ids of the checks that judge it."""
    rulings = [registry.ruling(id_) for id_ in requirement.rulings]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("source", Text(requirement.source))
    for ruling in rulings:
        grid.add_row(f"ruling {ruling.id}", Wrapped(Text.assemble((f"{ruling.where}: ", "dim"), ruling.reading)))
    grid.add_row("tests", Text("\n".join(tests) or f"none: {requirement.untested or 'not written yet'}"))
    needs = "\n".join(need_in_words(need) for need in requirement.needs)
    grid.add_row("needs", in_signs_of(console, Text(needs or "the primary account's key")))
    if requirement.occasion:
        grid.add_row("occasion", Wrapped(Text(f"{requirement.occasion}; not applicable where the target gives none")))
    title = Text.assemble((requirement.id, "bold cyan"), "  ", (requirement.level, LEVEL_STYLES[requirement.level]))
    sentence = Wrapped(Text(requirement.sentence, style="bold"))
    console.print(Group(title, sentence, Padding(grid, (1, 0, 0, 0), expand=False)))
