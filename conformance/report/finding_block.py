"""A finding as a terminal shows it: what is wrong, what it breaks, the story, what it keeps open, what to do next."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from conformance.counted import counted
from conformance.errors import sentence
from conformance.report.beside import Beside
from conformance.report.hostile import one_line
from conformance.report.layout import Labelled, brief
from conformance.report.model import CheckPart, FindingPart, Report, StepPart
from conformance.report.palette import LOOKS
from conformance.report.siblings import passing, short_names
from conformance.report.story import (
    SIGNS,
    again,
    in_the_logs,
    number_of,
    sent_of,
    shortened,
    time_of,
    without_ids,
    words_of,
)
from conformance.report.tolerated import entries_of, told
from conformance.requirements import Level
from conformance.verdict import Verdict

COMMAND = 5000
"""Characters of a command; one that is cut off is none."""
KNOWN = "yellow"
"""The colour of what is tolerated."""
_NAME = 60
_REPORTS = Path("reports")
"""The report folder of who names none."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a finding is shown: how many of what, and how many characters of a sentence and of a step."""

    ids: int
    checks: int
    siblings: int
    steps: int
    sentence: int
    step: int


SCREEN = Extent(ids=9, checks=1, siblings=4, steps=6, sentence=240, step=100)
"""A finding and the verdict fit on one screen."""
FULL = Extent(ids=1000, checks=1000, siblings=1000, steps=1000, sentence=1000, step=300)


def name_of(requirements: Sequence[str], cause: str, most: int = _NAME) -> str:
    """A finding in so many characters: "RETRY-7 Attempt 1, answered 429, is not retried"."""
    return brief(" ".join((*requirements[:1], without_ids(cause))), most)


def style_of(finding: FindingPart) -> str:
    return KNOWN if finding.known else LOOKS[Verdict.FAIL].style


def finding_lines(finding: FindingPart, report: Report, extent: Extent = SCREEN) -> Iterator[Labelled]:
    """All there is to say about it, as far as `extent` goes."""
    style, by_id = style_of(finding), {check.id: check for check in report.checks}
    checks = [by_id[id_] for id_ in finding.checks if id_ in by_id]
    yield Labelled(
        Text(f"{LOOKS[Verdict.FAIL].sign} ", style=style), Text(brief(sentence(finding.cause), extent.sentence), "bold")
    )
    for entry in entries_of(finding, report):
        yield _line("known", brief(told(entry, finding.cause), extent.sentence), KNOWN)
    yield from _broken(finding, report, extent)
    if finding.place:
        yield _line("likely in", one_line(finding.place))
    if finding.again:
        yield _line("once more", finding.again)
    if checks:
        yield from _shown_by(checks, extent)
        yield from _beside(finding, report, checks[extent.checks :], extent)
        yield from _facts(checks[0], finding.cause, extent)
        yield from _story(checks[0], extent)
    yield from _kept_open(finding, report, extent)
    yield from _next(finding, checks, report)


def again_line(report: Report, source: Path) -> str:
    """The command that runs again what failed in the report of this folder or file.

    Empty where nothing failed, or nobody knows how it was run.
    """
    repeat = next((check.repeat for check in report.checks if check.verdict is Verdict.FAIL and check.repeat), "")
    words = shlex.split(repeat)
    if "--only" not in words:
        return ""
    place = words.index("--only")
    which = [] if source == _REPORTS else [str(source)]
    return shlex.join((*words[:place], "--failed", *which, *words[place + 2 :]))


def listed(ids: Iterable[str], most: int = 12, longest: int = 100) -> str:
    """The first of them, and how many more there are."""
    every = list(ids)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(one_line(id_, longest) for id_ in every[:most]) + more


def binding(report: Report, checks: Iterable[CheckPart]) -> list[str]:
    """The requirements of these checks that the table counts: those that bind a target."""
    free = {row.id for row in report.requirements if row.level is Level.OPEN}
    return [id_ for id_ in dict.fromkeys(id_ for check in checks for id_ in check.requirements) if id_ not in free]


def _broken(finding: FindingPart, report: Report, extent: Extent) -> Iterator[Labelled]:
    """The sentence of the first requirement, and which others there are."""
    rows = {row.id: row for row in report.requirements}
    for id_ in finding.requirements[:1]:
        if row := rows.get(id_):
            level = "" if row.level is Level.MUST else f" ({row.level})"
            place = f"  {', '.join((row.source, *row.rulings))}"
            yield Labelled(_label("breaks"), Text.assemble(f"{id_}{level}  {row.sentence}", (place, "dim")))
        else:
            yield _line("breaks", one_line(id_))
    if others := finding.requirements[1:]:
        yield _line("", f"and {listed(others, extent.ids)}")


def _shown_by(checks: Sequence[CheckPart], extent: Extent) -> Iterator[Labelled]:
    for number, check in enumerate(checks[: extent.checks]):
        yield Labelled(_label("" if number else "shown by"), Text(one_line(check.id), "dim"), whole=True)


def _beside(finding: FindingPart, report: Report, others: Sequence[CheckPart], extent: Extent) -> Iterator[Labelled]:
    """How far it goes: what fails with it, and what of the same requirement passed."""
    for name, checks in (("also", others), ("passes", passing(finding, report))):
        if checks:
            yield _line(name, listed(short_names(check.id for check in checks), extent.siblings), "dim")


def _facts(check: CheckPart, cause: str, extent: Extent) -> Iterator[Labelled]:
    """Both sides, where the cause does not have them."""
    if check.expected and not (check.expected in cause and check.received in cause):
        yield _line("expected", brief(check.expected, extent.sentence), "green")
        yield _line("received", brief(check.received, extent.sentence), "red")
    elif check.message and not check.expected and check.message not in cause:
        yield _line("message", brief(check.message, extent.sentence))


def _story(check: CheckPart, extent: Extent) -> Iterator[Labelled]:
    """Its steps, and under which id the target's logs have those that matter."""
    steps = list(shortened(check.story, extent.steps))
    told = [step for step in steps if isinstance(step, StepPart)]
    numbers = max((len(number_of(step)) for step in told), default=0)
    times = max((len(time_of(step)) for step in told), default=0)
    for place, step in enumerate(steps):
        label = _label("" if place else "story")
        if isinstance(step, str):
            yield Labelled(label, Text(f"  {' ' * (numbers + times + 2)}{step}", style="dim"))
            continue
        facts = f"{number_of(step):>{numbers}} {time_of(step):>{times}} "
        words = Text(brief(words_of(step), extent.step), style="bold" if step.mark else "")
        yield Labelled(Text.assemble(label, f"{SIGNS[step.mark]} ", (facts, "dim")), words)
    for name, text in (("sent", sent_of(check)), ("logs", in_the_logs(check))):
        if text:
            yield _line(name, brief(text, extent.sentence // 2))


def _kept_open(finding: FindingPart, report: Report, extent: Extent) -> Iterator[Labelled]:
    """What it keeps from a verdict: of the requirements, those that the table counts as inconclusive."""
    kept, style = {*finding.dependents}, LOOKS[Verdict.INCONCLUSIVE].style
    undecided = {row.id for row in report.requirements if row.verdict is Verdict.INCONCLUSIVE}
    ids = binding(report, (check for check in report.checks if check.id in kept))
    open_ones = [id_ for id_ in ids if id_ in undecided]
    if open_ones:
        many = f"{counted(len(open_ones), 'requirement')} ({counted(len(kept), 'check')}) without a verdict: "
        yield _line("leaves", many + listed(open_ones, extent.ids), style)
    elif kept:
        yield _line("leaves", f"{counted(len(kept), 'check')} without a verdict", style)


def _next(finding: FindingPart, checks: Sequence[CheckPart], report: Report) -> Iterator[Labelled]:
    """What to do: commands that can be copied, so that they are not broken."""
    if finding.requirements and not isinstance(report, Beside):  # the command knows the documentation's alone
        yield _command("explain", f"gimg-conformance requirements {finding.requirements[0]}")
    if checks and (command := again(checks[0])):
        yield _command("repeat", one_line(command, COMMAND))


def _command(name: str, command: str) -> Labelled:
    return Labelled(_label(name), Text(command, style="cyan"), whole=True)


def _line(name: str, words: str, style: str = "") -> Labelled:
    return Labelled(_label(name), Text(words, style=style))


def _label(name: str) -> Text:
    return Text(f"  {name:10}", style="dim")
