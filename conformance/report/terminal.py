"""The report in a terminal: areas, deviations, what was not tested, observations, inconclusive checks, and the verdict.

Text from the target goes through `hostile`, and into `Text`, which knows no markup.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.errors import sentence
from conformance.report.areas import area_table
from conformance.report.hostile import lines, one_line
from conformance.report.model import CheckPart, Report, RequirementPart
from conformance.report.palette import LOOKS, RUN_STYLES
from conformance.report.story import (
    SIGNS,
    again,
    in_the_logs,
    number_of,
    sent_of,
    shortened,
    time_of,
    words_of,
)
from conformance.requirements import Level
from conformance.verdict import Verdict

MOST_REQUIREMENTS = 20
"""Requirements shown in full, with their checks; of the others the sentence is shown."""
MOST_CHECKS = 3
"""Checks shown for one requirement; report.json has them all."""
_COMMAND = 5000
"""Characters of a command or of the names of files; one that is cut off is none."""


def print_report(report: Report, console: Console, written: Sequence[Path] = ()) -> None:
    """Print the whole report. The console decides on colour and width; `written` are the files that were written.

    Where somebody chose, it is about what was chosen, and what failed beside it.
    """
    console.print(_head(report))
    report = _about(report)
    console.print(area_table(report, console.width))
    _print_verdict(report, Verdict.FAIL, "Deviations of the target", console)
    _print_verdict(report, Verdict.ERROR, "Faults of the suite (not of the target: please report them)", console)
    _print_gaps(report, Verdict.NOT_APPLICABLE, "Requirements that do not apply: the target gives no occasion", console)
    _print_gaps(report, Verdict.NOT_TESTED, "Requirements not tested", console)
    _print_observations(report, console)
    _print_inconclusive(report, console)
    console.print(_last(report, written))


def _about(report: Report) -> Report:
    rows = [row for row in report.requirements if report.decides(row.id) or row.verdict is Verdict.FAIL]
    areas = [area for area in report.areas if any(row.area == area.area for row in rows)]
    return (
        report
        if len(rows) == len(report.requirements)
        else report.model_copy(update={"requirements": rows, "areas": areas})
    )


def _only(report: Report) -> str:
    """What was chosen, in words; empty where nothing was."""
    selection = report.suite.selection
    if selection is None:
        return ""
    tests = f"{_count(selection.tests, 'test')}, whatever the profile"
    if not selection.tests and selection.requirements:
        tests = "judged on what the other tests of the area send"
    return f"\nonly {_list(selection.words, 4, 100)}{f': {tests}' if selection.requirements else ''}"


def _head(report: Report) -> Text:
    target = one_line(" ".join(dict.fromkeys((report.target.name, report.target.base_url))), 120)
    return Text.assemble(
        ("gimg-conformance ", "bold"),
        report.suite.version,
        (f"  {report.profile} profile, seed {report.suite.seed}  ", "dim"),
        (target, "cyan"),
        (_only(report), "bold"),
    )


def _heading(title: str, style: str) -> Text:
    return Text(f"\n{title}", style=f"{style} bold")


def _print_verdict(report: Report, verdict: Verdict, title: str, console: Console) -> None:
    look = LOOKS[verdict]
    guilty = [check for check in report.checks if check.verdict is verdict]
    rows = [row for row in report.requirements if row.verdict is verdict and row.level is not Level.OPEN]
    stray = [check for check in guilty if not check.requirements]
    if rows or stray:
        console.print(_heading(title, look.style))
    for number, row in enumerate(rows):
        if 0 < number < MOST_REQUIREMENTS:
            console.print()
        console.print(_requirement(row, look.sign, look.style))
        if number < MOST_REQUIREMENTS:
            _print_checks([check for check in guilty if row.id in check.requirements], console)
    if stray:
        _print_checks(stray, console)


def _requirement(row: RequirementPart, sign: str, style: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    level = "" if row.level is Level.MUST else f" ({row.level})"
    place = f"{row.source}{''.join(f', {ruling}' for ruling in row.rulings)}"
    words = Text.assemble((row.sentence, "bold"), level, "  ", (place, "dim"))
    grid.add_row(Text(f"{sign} {row.id}", style=style), words)
    return grid


def _print_checks(checks: list[CheckPart], console: Console) -> None:
    for number, check in enumerate(checks[:MOST_CHECKS]):
        console.print(Padding(_facts(check), (0, 0, 0, 4), expand=False))
        if check.story and not number:
            console.print(Padding(_story(check), (0, 0, 0, 4), expand=False))
        if command := again(check):
            # One line, however long, so that it can be copied.
            console.print(Text.assemble(("    repeat    ", "dim"), one_line(command, _COMMAND)), soft_wrap=True)
    if len(checks) > MOST_CHECKS:
        more = _count(len(checks) - MOST_CHECKS, "more check")
        console.print(Text(f"    and {more} in report.json", style="dim"))


def _facts(check: CheckPart) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="dim", width=9)
    grid.add_column(overflow="fold")
    grid.add_row("check", Text(one_line(check.id), style="dim"))
    if check.expected or check.received:
        grid.add_row("expected", Text(one_line(check.expected, 500), style="green"))
        grid.add_row("received", Text(one_line(check.received, 500), style="red"))
    elif check.message:
        grid.add_row("message", Text("\n".join(lines(check.message))))
    if check.hint:
        grid.add_row("hint", Text(one_line(sentence(check.hint))))
    return grid


def _story(check: CheckPart) -> Group:
    """Its steps, and under which id the target's logs have those that matter."""
    steps = Table.grid(padding=(0, 1))
    steps.add_column(no_wrap=True)
    steps.add_column(no_wrap=True, style="dim", justify="right")
    steps.add_column(no_wrap=True, style="dim", justify="right")
    steps.add_column(overflow="fold")
    for step in shortened(check.story):
        if isinstance(step, str):
            steps.add_row("", "", "", Text(step, style="dim"))
        else:
            words = Text(words_of(step), style="bold" if step.mark else "")
            steps.add_row(SIGNS[step.mark], number_of(step), time_of(step), words)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="dim", width=9)
    grid.add_column(overflow="fold")
    grid.add_row("story", steps)
    for name, text in (("sent", sent_of(check)), ("logs", in_the_logs(check))):
        if text:
            grid.add_row(name, Text(one_line(text)))
    return Group(grid)


def _print_inconclusive(report: Report, console: Console) -> None:
    """Each cause once, with the checks that depend on it: failed requirements apart from other problems."""
    roots: dict[str, list[CheckPart]] = {}
    for check in report.checks:
        if check.verdict is Verdict.INCONCLUSIVE:
            roots.setdefault(check.root or check.message or check.id, []).append(check)
    named = {root: _problem(report, root, checks) for root, checks in roots.items()}
    causes = {problem: list[CheckPart]() for problem in report.problems if problem not in named.values()}
    causes |= {named[root] or root: checks for root, checks in roots.items()}
    sentences = {row.id: row.sentence for row in report.requirements}
    failed = {f"{cause}  {sentences[cause]}": checks for cause, checks in causes.items() if cause in sentences}
    _print_causes("Inconclusive: a prerequisite failed", failed, console)
    others = {cause: checks for cause, checks in causes.items() if cause not in sentences}
    _print_causes("Inconclusive: a problem prevented a verdict", others, console)


def _print_causes(title: str, causes: Mapping[str, list[CheckPart]], console: Console) -> None:
    look = LOOKS[Verdict.INCONCLUSIVE]
    if causes:
        console.print(_heading(title, look.style))
    for cause, checks in causes.items():
        console.print(_bullet(look.sign, "\n".join(lines(cause, 4)), look.style))
        for line in _dependents(cause, checks):
            console.print(Padding(line, (0, 0, 0, 4), expand=False))


def _problem(report: Report, root: str, checks: Iterable[CheckPart]) -> str:
    """The problem of the run that tells the same cause with its hint; empty if none does."""
    words = tuple({root, *(check.message for check in checks)} - {""})
    return next((problem for problem in report.problems if problem.startswith(words)), "")


def _dependents(cause: str, checks: list[CheckPart]) -> Iterator[RenderableType]:
    for said in dict.fromkeys(check.message for check in checks):
        if said not in cause:
            yield Text("\n".join(lines(said, 4)))
    for hint in dict.fromkeys(sentence(check.hint) for check in checks):
        if hint not in cause:
            yield Text(one_line(hint), style="cyan")
    if checks:
        ids = dict.fromkeys(id_ for check in checks for id_ in check.requirements)
        yield Text(f"{_count(len(checks), 'check')} of {_count(len(ids), 'requirement')}: {_list(ids)}", style="dim")


def _print_gaps(report: Report, verdict: Verdict, title: str, console: Console) -> None:
    """What has this verdict, by the line of the target file that would enable it, else by reason; the most first."""
    gaps: dict[tuple[bool, str], list[str]] = {}
    for row in report.requirements:
        if row.verdict is verdict and row.level is not Level.OPEN:
            reason = "the problem below prevented it" if row.reason in report.problems else row.reason
            gaps.setdefault((not row.hint, row.hint or reason), []).append(row.id)
    if not gaps:
        return
    console.print(_heading(title, "bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="bold", no_wrap=True, min_width=5)
    grid.add_column(overflow="fold")
    for (no_hint, words), ids in sorted(gaps.items(), key=lambda gap: (gap[0][0], -len(gap[1]))):
        line = Text(one_line(words), style="" if no_hint else "cyan")
        grid.add_row(str(len(ids)), Text.assemble(line, "  ", (_list(ids), "dim")))
    console.print(grid)


def _print_observations(report: Report, console: Console) -> None:
    if not report.observations:
        return
    console.print(_heading("Observed where the documentation leaves it open", "bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="dim", no_wrap=True, min_width=5)
    grid.add_column(overflow="fold")
    for seen in report.observations:
        grid.add_row(seen.ruling, Text(one_line(seen.text)))
    console.print(grid)


def warning_lines(report: Report) -> list[str]:
    """What is odd about the setup of the run."""
    return [f"warning: {one_line(line)}" for line in report.warnings]


def last_lines(report: Report, written: Sequence[Path] = ()) -> list[str]:
    """The lines above the verdict: its reasons, what the run cost, and the files that were written."""
    cost = ", ".join((
        f"{_count(report.cost.requests, 'request')} with an account's key",
        _count(report.cost.credits, "credit"),
        f"{report.wall_seconds:.1f} s",
    ))  # fmt: skip
    files = f"Files: {', '.join(map(str, written))}" if written else ""
    return [*(one_line(line) for line in (*report.because, cost)), *([one_line(files, _COMMAND)] if files else ())]


def _last(report: Report, written: Sequence[Path]) -> RenderableType:
    odd = "".join(f"{line}\n" for line in warning_lines(report))
    # Problems of the run stand right above, with what depends on them.
    told = report.model_copy(update={"because": [why for why in report.because if why not in report.problems]})
    above = "".join(f"{line}\n" for line in last_lines(told, written))
    verdict = Text.assemble((report.verdict.upper(), RUN_STYLES[report.verdict]), f"  {report.summary}")
    return Group(Text(f"\n{odd}", style="yellow", end=""), Text(above, style="dim", end=""), verdict)


def _bullet(sign: str, words: str, style: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style=style)
    grid.add_column(overflow="fold")
    grid.add_row(sign, Text(words))
    return grid


def _count(number: float, word: str) -> str:
    return f"{number:g} {word}{'' if number == 1 else 's'}"


def _list(ids: Iterable[str], most: int = 12, longest: int = 40) -> str:
    every = list(ids)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(one_line(id_, longest) for id_ in every[:most]) + more
