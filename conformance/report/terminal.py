"""The report in a terminal. What decides comes last, next to the verdict: the findings, and what to do next.

Text from the target goes through `hostile`, and into `Text`, which knows no markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.counted import counted
from conformance.errors import sentence
from conformance.report.areas import area_table
from conformance.report.beside import FAULTS, name_beside, reports_beside, told_beside
from conformance.report.finding_block import (
    FULL,
    SCREEN,
    again_line,
    binding,
    finding_lines,
    listed,
    name_of,
    style_of,
)
from conformance.report.hostile import lines, one_line
from conformance.report.layout import Labelled, brief
from conformance.report.model import CheckPart, Report
from conformance.report.palette import LOOKS, RUN_STYLES
from conformance.report.story import without_ids
from conformance.requirements import Level
from conformance.verdict import Verdict

MOST_FINDINGS = 10
"""Findings shown in full; all of them are in the list that follows."""
FEW = 6
"""Requirements without a verdict that are named."""
MOST_MESSAGES = 2
"""Different sentences that are told of one cause."""
OUR_FAULTS = "Faults of the suite (not of the target: please report them)"
_LISTED = 140
"""Characters of the name of a finding in the list of all: two lines of 80 columns."""
_SHORT = 60
"""Characters of a reason that stands beside others on a line."""
_WHOLE = 1000
"""Characters of a sentence of ours, which may quote the target: it is not cut, unless a target makes it endless."""
_COMMAND = 5000
"""Characters of the names of files; one that is cut off is none."""


def print_report(
    report: Report, console: Console, written: Sequence[Path] = (), *, folder: Path | None = None,
    failed: Path | None = None, resume: str = "", verbose: bool = False,
) -> None:  # fmt: skip
    """Print the whole report. The console decides on colour and width; `written` are the files that were written.

    `folder`: the report folder, where it is not that of the files. `failed`: the report of which the run repeated what
    failed. `resume`: the command that goes on with the run. `verbose`: findings with all their checks and their whole
    stories, and what was observed. Where somebody chose, it is about what was chosen, and what failed beside it.
    """
    folder = folder or (written[0].parent if written else Path("reports"))
    for item in _head(report):
        _show(console, item)
    report = _about(report)
    if known := _is_anything_known(report):
        console.print()
        console.print(area_table(report, console), crop=False)
    blocks = (
        [
            *_gaps(report, Verdict.NOT_APPLICABLE, "without occasion", verbose=verbose),
            *_gaps(report, Verdict.NOT_TESTED, "not tested", verbose=verbose),
            *_unseen(report, folder, verbose=verbose),
        ]
        if known
        else [],
        _observations(report, verbose=verbose),
        *_inconclusive(report),
        _faults(report),
        *_findings(report, verbose=verbose),
        _in_short(report),
        *_extensions(report, verbose=verbose),
        _last(report, written, [*_again(report, folder, failed), *_going_on(resume)]),
    )
    for block in blocks:
        if block:
            console.print()
        for item in block:
            _show(console, item)


def _is_anything_known(report: Report) -> bool:
    """Where a problem of the whole run kept every requirement from a verdict, there is nothing but the problem."""
    return not report.problems or any(row.verdict in {Verdict.PASS, Verdict.FAIL} for row in report.requirements)


def _show(console: Console, item: Labelled) -> None:
    console.print(item, crop=False, soft_wrap=item.whole)


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
    tests = f"{counted(selection.tests, 'test')}, whatever the profile"
    if not selection.tests and selection.requirements:
        tests = "judged on what the other tests of the area send"
    return f"only {listed(selection.words, 4)}{f': {tests}' if selection.requirements else ''}"


def _head(report: Report) -> Iterator[Labelled]:
    target = one_line(" ".join(dict.fromkeys((report.target.name, report.target.base_url))), 120)
    words = (f"  {report.profile} profile, seed {report.suite.seed}  ", "dim")
    yield Labelled(Text("gimg-conformance ", "bold"), Text.assemble(report.suite.version, words, (target, "cyan")))
    if chosen := _only(report):
        yield Labelled(Text(), Text(chosen, "bold"))


def _heading(title: str, style: str) -> Labelled:
    return Labelled(Text(), Text(title, style=f"{style} bold"))


def _numbered(number: str, words: Text, style: str) -> Labelled:
    return Labelled(Text(f"{number:>5} ", style=style), words)


def _gaps(report: Report, verdict: Verdict, title: str, *, verbose: bool) -> Iterator[Labelled]:
    """How many have this verdict, by the line of the target file that would enable it, else by reason; the most first.

    They are named where they are few.
    """
    gaps: dict[tuple[bool, str], list[str]] = {}
    for row in report.requirements:
        if row.verdict is verdict and row.level is not Level.OPEN:
            reason = "the problem below prevented it" if row.reason in report.problems else row.reason
            gaps.setdefault((not row.hint, row.hint or reason), []).append(row.id)
    for (no_hint, words), ids in sorted(gaps.items(), key=lambda gap: (gap[0][0], -len(gap[1]))):
        named = ", ".join(ids) if verbose or len(ids) <= FEW else ""
        line = Text.assemble(f"{title}: ", (brief(words, _WHOLE), "" if no_hint else "cyan"), "  ", (named, "dim"))
        yield _numbered(str(len(ids)), line, "bold")


def _unseen(report: Report, folder: Path, *, verbose: bool) -> Iterator[Labelled]:
    """How many observations there are, and how to see them."""
    if (number := len(report.observations)) and not verbose:
        how = f"`gimg-conformance report {folder} -v` shows {'it' if number == 1 else 'them'}"
        yield _numbered(str(number), Text(f"observation{'s' * (number > 1)} (no verdict): {how}"), "bold")


def _observations(report: Report, *, verbose: bool) -> list[Labelled]:
    told = [_numbered(one.ruling, Text(one_line(one.text)), "dim") for one in report.observations]
    return [_heading("Observed where the documentation leaves it open", ""), *told] if verbose and told else []


def _inconclusive(report: Report) -> Iterator[list[Labelled]]:
    """Each cause once, with the checks that depend on it, less those that a finding keeps from a verdict.

    Failed prerequisites stand apart from other problems.
    """
    told = {id_ for finding in report.findings for id_ in finding.dependents}
    roots: dict[str, list[CheckPart]] = {}
    for check in report.checks:
        if check.verdict is Verdict.INCONCLUSIVE and check.id not in told:
            roots.setdefault(check.root or check.message or check.id, []).append(check)
    named = {root: _problem(report, root, checks) for root, checks in roots.items()}
    causes = {problem: list[CheckPart]() for problem in report.problems if problem not in named.values()}
    causes |= {named[root] or root: checks for root, checks in roots.items()}
    sentences = {row.id: row.sentence for row in report.requirements}
    failed = {f"{cause}  {sentences[cause]}": checks for cause, checks in causes.items() if cause in sentences}
    others = {cause: checks for cause, checks in causes.items() if cause not in sentences}
    for title, which in (("a prerequisite failed", failed), ("a problem prevented a verdict", others)):
        look, found = LOOKS[Verdict.INCONCLUSIVE], list[Labelled]()
        for cause, checks in which.items():
            found.append(Labelled(Text(f"{look.sign} ", style=look.style), Text("\n".join(lines(cause, 4, _WHOLE)))))
            found += [Labelled(Text("    "), line) for line in _dependents(report, cause, checks)]
        yield [_heading(f"Inconclusive: {title}", look.style), *found] if found else []


def _problem(report: Report, root: str, checks: Iterable[CheckPart]) -> str:
    """The problem of the run that tells the same cause with its hint; empty if none does."""
    words = tuple({root, *(check.message for check in checks)} - {""})
    return next((problem for problem in report.problems if problem.startswith(words)), "")


def _dependents(report: Report, cause: str, checks: Sequence[CheckPart]) -> Iterator[Text]:
    messages = dict.fromkeys(without_ids(check.message) for check in checks if check.message not in cause)
    for said in list(messages)[:MOST_MESSAGES]:
        yield Text("\n".join(lines(said, 4, _WHOLE)))
    if len(messages) > MOST_MESSAGES:
        yield Text(f"and {counted(len(messages) - MOST_MESSAGES, 'more sentence')} in report.json", style="dim")
    for hint in dict.fromkeys(sentence(check.hint) for check in checks):
        if hint not in cause:
            yield Text(one_line(hint, _WHOLE), style="cyan")
    if checks:
        ids = binding(report, checks)
        of = f" of {counted(len(ids), 'requirement')}: {listed(ids)}" if ids else ""
        yield Text(f"{counted(len(checks), 'check')}{of}", style="dim")


def _faults(report: Report, title: str = OUR_FAULTS) -> list[Labelled]:
    """What the suite is at fault for: each message once, with the checks that it hit."""
    look, hit = LOOKS[Verdict.ERROR], dict[str, list[CheckPart]]()
    for check in report.checks:
        if check.verdict is Verdict.ERROR:
            hit.setdefault(check.message, []).append(check)
    found = []
    for message, checks in hit.items():
        words = Text("\n".join(lines(message)) or "without a message")
        found.append(Labelled(Text(f"{look.sign} ", style=look.style), words))
        ids = binding(report, checks)
        where = Text(f"{listed((check.id for check in checks), 3)}{f': {listed(ids)}' if ids else ''}", style="dim")
        found.append(Labelled(Text("    "), where))
    return [_heading(title, look.style), *found] if found else []


def _findings(report: Report, *, verbose: bool, of: str = "") -> Iterator[list[Labelled]]:
    shown = report.findings if verbose else report.findings[:MOST_FINDINGS]
    many = len(report.findings)
    for number, finding in enumerate(shown, 1):
        which = f"Finding {number} of {many}" if many > 1 else "Finding"
        block = finding_lines(finding, report, FULL if verbose else SCREEN)
        what = "a known deviation" if finding.known else "a deviation"
        yield [_heading(f"{which}{of}: {what} of the target", style_of(finding)), *block]


def _extensions(report: Report, *, verbose: bool) -> Iterator[list[Labelled]]:
    """What is judged apart from the documentation: what came of it, and why."""
    for part, own in reports_beside(report):
        title = _heading(f"{name_beside(part)}, apart from the documentation", RUN_STYLES[part.verdict])
        why = [Labelled(Text(), Text(brief("; ".join(part.because), _WHOLE), "dim"))] if part.because else []
        yield [title, Labelled(Text(), Text(f"{part.verdict}: {part.summary}")), *why]
        yield from (list(_gaps(own, Verdict.NOT_TESTED, "not tested", verbose=verbose)), *_inconclusive(own))
        yield _faults(own, FAULTS)
        yield from _findings(own, verbose=verbose, of=f" of extension {part.area}")


def _in_short(report: Report) -> list[Labelled]:
    """Several findings by name, so that none has to be looked for."""
    if len(report.findings) < 2:
        return []
    sign, many = LOOKS[Verdict.FAIL].sign, len(report.findings)
    tolerated = sum(bool(finding.known) for finding in report.findings)
    known = f", {tolerated if tolerated < many else 'all'} known" if tolerated else ""
    left = f"; `-v` shows all of them in full, and not {MOST_FINDINGS}" if many > MOST_FINDINGS else ""
    names = [Text(name) for name in finding_names(report)]
    signs = [Text(f"{sign} ", style=style_of(finding)) for finding in report.findings]
    return [_heading(f"{many} findings{known}{left}", style_of(report.findings[0])), *map(Labelled, signs, names)]


def warning_lines(report: Report) -> list[str]:
    """What is odd about the setup of the run."""
    return [f"warning: {one_line(line, _WHOLE)}" for line in report.warnings]


def last_lines(report: Report, written: Sequence[Path] = ()) -> list[str]:
    """The lines above the verdict: its reasons, what the run cost, and the files that were written."""
    cost = ", ".join((
        f"{counted(report.cost.requests, 'request')} with an account's key{_planned(report, 'requests')}",
        f"{counted(report.cost.credits, 'credit')}{_planned(report, 'credits')}",
        f"{report.wall_seconds:.1f} s",
    ))  # fmt: skip
    files = f"Files: {', '.join(map(str, written))}" if written else ""
    whole = [one_line(files, _COMMAND)] if files else []
    return [*(brief(line, _WHOLE) for line in (*report.because, cost) if line), *whole]


def _planned(report: Report, what: str) -> str:
    return f" ({getattr(report.planned, what):g} planned)" if report.planned else ""


def finding_names(report: Report) -> list[str]:
    """All findings, each in few words, and whether it is known."""
    return [
        f"{'known: ' if finding.known else ''}{name_of(finding.requirements, finding.cause, _LISTED)}"
        for finding in report.findings
    ]


def _again(report: Report, folder: Path, failed: Path | None) -> Iterator[Labelled]:
    """How to repeat what fails still, and where that is the rest of an earlier report, how to repeat all of that."""
    if command := again_line(report, folder):
        yield Labelled(Text("again: ", "dim"), Text(command, style="cyan"), whole=True)
    if command and failed:
        label = Text(f"again, all that failed in {one_line(str(failed), _SHORT)}: ", "dim")
        yield Labelled(label, Text(again_line(report, failed), style="cyan"), whole=True)


def _going_on(command: str) -> Iterator[Labelled]:
    if command:
        yield Labelled(Text("to go on: ", "dim"), Text(command, style="cyan"), whole=True)


def _last(report: Report, written: Sequence[Path], commands: Sequence[Labelled]) -> list[Labelled]:
    odd = [Labelled(Text(), Text(line, style="yellow")) for line in warning_lines(report)]
    # Problems of the run stand right above, with what depends on them.
    whys = [why for why in report.because if why not in report.problems]
    short = "; ".join(why for why in whys if len(why) <= _SHORT)
    told = report.model_copy(update={"because": [*(why for why in whys if len(why) > _SHORT), short]})
    why = [Labelled(Text(), Text(line, style="dim")) for line in last_lines(told, written)]
    verdict = Labelled(
        Text(f"{report.verdict.upper()}  ", RUN_STYLES[report.verdict]), Text(report.summary + told_beside(report))
    )
    return [*odd, *why, *commands, verdict]
