"""Annotations of GitHub: what a job says about a commit, at the top of its page. One for each finding."""

from collections.abc import Iterator

from conformance.counted import counted
from conformance.report.beside import reports_beside
from conformance.report.hostile import one_line
from conformance.report.model import FindingPart, Report
from conformance.report.story import again
from conformance.report.tolerated import entries_of, told
from conformance.requirements import Level

MOST = 10
"""GitHub shows no more of one step."""
_WORDS, _COMMAND = 300, 2000


def annotations(report: Report) -> list[str]:
    """Workflow commands, a line each; where no finding tells why the run failed, its own reason.

    Extensions have their own, behind the documentation's.
    """
    theirs = [line for _, own in reports_beside(report) for line in annotations(own)]
    if not report.findings and theirs:
        return theirs
    if not report.findings:
        why = "; ".join(dict.fromkeys((*report.problems, *report.because)))
        return [_command("error", f"gimg-conformance: {report.verdict}", [why])] if report.exit_status else []
    last = MOST if len(report.findings) <= MOST else MOST - 1
    told = [_of(report, finding) for finding in report.findings[:last]]
    if more := report.findings[last:]:
        ids = ", ".join(finding.requirements[0] for finding in more if finding.requirements)
        told.append(_command("error", counted(len(more), "more finding"), [f"The report has them all: {ids}"]))
    return told + theirs


def _of(report: Report, finding: FindingPart) -> str:
    rows = {row.id: row for row in report.requirements}
    broken = [rows[id_] for id_ in finding.requirements if id_ in rows]
    levels = {Level.MUST, Level.SHOULD} if report.strict else {Level.MUST}
    decides = any(row.level in levels and report.decides(row.id) for row in broken)
    title = f"{broken[0].id}: {broken[0].sentence}" if broken else "gimg-conformance"
    serious = (decides or not broken) and not finding.known
    return _command("error" if serious else "warning", title, _message(report, finding))


def _message(report: Report, finding: FindingPart) -> Iterator[str]:
    yield finding.cause
    yield from (f"known failure: {told(entry, finding.cause)}" for entry in entries_of(finding, report))
    if len(finding.requirements) > 1:
        yield f"breaks {', '.join(finding.requirements)}"
    if finding.dependents:
        kept = len(finding.dependents)
        yield f"keeps {counted(kept, 'check')} from a verdict"
    if finding.place:
        yield f"likely place: {finding.place}"
    shown = next((check for check in report.checks if check.id in finding.checks[:1]), None)
    if shown and (command := again(shown)):
        yield f"again: {one_line(command, _COMMAND)}"


def _command(kind: str, title: str, lines: Iterator[str] | list[str]) -> str:
    """The title is a property, in which two more characters mean something."""
    message = "%0A".join(_escaped(one_line(line, _COMMAND)) for line in lines)
    name = _escaped(one_line(title, _WORDS)).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={name}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
