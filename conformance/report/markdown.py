"""The report in GitHub-flavoured Markdown, for the summary of a job: the verdict, the findings, and what is open.

It stays below the size that GitHub takes: what has no room is left out whole, and the end says so.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from conformance.counted import counted
from conformance.report.beside import FAULTS, name_beside, reports_beside, status_alone, told_beside
from conformance.report.model import CheckPart, FindingPart, Report, RequirementPart
from conformance.report.neutral import block, code, prose
from conformance.report.numbers import evidence_of
from conformance.report.palette import LOOKS
from conformance.report.story import again, in_the_logs, sent_of, story_lines
from conformance.report.tolerated import entries_of, told
from conformance.requirements import Level
from conformance.verdict import Verdict

MOST_BYTES = 1024 * 1024 - 1
"""Of a file, or of all that a step adds to its job's summary."""
MOST_REQUIREMENTS, MOST_IDS, MOST_LINES = 10, 12, 40
OUR_FAULTS = "Faults of the suite, not of the target: please report them"
_COMMAND = 5000
_MORE = re.compile(r" \(and \d+ more checks?\)$")
"""The end of a reason that several checks have."""
_COLUMNS = (
    Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED,
)  # fmt: skip
_LEFT_OUT = "\nThere is no room for more: report.json has everything.\n"


def markdown(report: Report, room: int = MOST_BYTES) -> str:
    """The document, of at most `room` bytes."""
    left, kept = room - len(_LEFT_OUT), list[str]()
    for part in filter(None, _parts(report)):
        text = "\n".join(part) + "\n"
        left -= len(text.encode()) + 1
        if left < 0:
            return "\n".join(kept) + _LEFT_OUT if kept else ""
        kept.append(text)
    return "\n".join(kept)


def _parts(report: Report) -> Iterator[list[str]]:
    """What is left out or kept as a whole, in the order of its weight."""
    checks = {check.id: check for check in report.checks}
    rows = {row.id: row for row in report.requirements}
    yield list(_head(report))
    if report.findings:
        yield ["## What is broken"]
    for number, finding in enumerate(report.findings, 1):
        yield list(_finding(number, finding, report, rows, checks))
    yield list(_open_ends(report))
    for part, own in reports_beside(report):
        yield [f"## {name_beside(part)}, apart from the documentation", "", f"{part.verdict.upper()}: {part.summary}"]
        yield [f"- {prose(why)}" for why in part.because]
        theirs = {check.id: check for check in own.checks}
        for number, finding in enumerate(own.findings, 1):
            yield list(_finding(number, finding, own, {row.id: row for row in own.requirements}, theirs))
        yield [line.replace("## ", "### ") for line in _open_ends(own, FAULTS)]
    yield list(_areas(report))
    yield list(_not_tested(report))
    yield list(_observations(report))


def _head(report: Report) -> Iterator[str]:
    sign = {0: "✓", 1: "✗"}.get(status_alone(report), "?")
    yield f"# {sign} {report.verdict.upper()}: {prose(report.summary + told_beside(report))}"
    yield ""
    target = " ".join(code(name, 120) for name in dict.fromkeys((report.target.name, report.target.base_url)) if name)
    requests, credited = counted(report.cost.requests, "request"), counted(report.cost.credits, "credit")
    plan = report.planned
    planned = f" ({plan.requests} and {plan.credits:g} planned)" if plan else ""
    cost = f"{requests}, {credited}{planned}, {report.wall_seconds:.1f} s"
    yield f"{target}: {report.profile} profile, seed {report.suite.seed}; {cost}; version {code(report.suite.version)}"
    selection = report.suite.selection
    said = [f"only {word}" for word in selection.words[:MOST_LINES]] if selection else []
    said += [*report.because, *(f"warning: {line}" for line in report.warnings)]
    if said:
        yield ""
    yield from (f"- {prose(line)}" for line in said)


def _finding(
    number: int, finding: FindingPart, report: Report, rows: dict[str, RequirementPart], checks: dict[str, CheckPart]
) -> Iterator[str]:
    shown = [checks[id_] for id_ in finding.checks if id_ in checks]
    yield f"### {number}. {'Known: ' if finding.known else ''}{prose(finding.cause)}"
    yield ""
    for entry in entries_of(finding, report):
        yield f"Tolerated: {prose(told(entry, finding.cause))}\n"
    broken = [rows[id_] for id_ in finding.requirements if id_ in rows]
    for row in broken[:MOST_REQUIREMENTS]:
        yield _broken(row)
    yield from [f"- and {len(broken) - MOST_REQUIREMENTS} more"] * (len(broken) > MOST_REQUIREMENTS)
    if broken:
        yield f"\nExplained by `gimg-conformance requirements {broken[0].id}`."
    if finding.place:
        yield f"\nLikely place: {prose(finding.place)}"
    if finding.again:
        yield f"\nIt {finding.again}."
    if shown:
        yield ""
        yield from block(_story(shown[0]))
    if shown and (command := again(shown[0])):
        yield "\nSee it again:\n"
        yield from block([command], "sh", _COMMAND)
    yield from _listed(counted(len(shown), "check shows", "checks show") + " it", _with_numbers(shown))
    if finding.dependents:
        yield from _kept(finding.dependents, checks)


def _kept(dependents: Sequence[str], checks: dict[str, CheckPart]) -> Iterator[str]:
    """What a finding keeps from a verdict."""
    kept = [checks[id_] for id_ in dependents if id_ in checks]
    ids = dict.fromkeys(id_ for check in kept for id_ in check.requirements)
    title = f"It keeps {counted(len(kept), 'check')} of {counted(len(ids), 'requirement')} from a verdict"
    yield from _listed(title, [", ".join(ids), "", *_with_numbers(kept)])


def _with_numbers(checks: Iterable[CheckPart]) -> list[str]:
    return [f"{check.id}  ({evidence_of(check)})" for check in checks]


def _broken(row: RequirementPart) -> str:
    place = f"{row.source}{''.join(f', {ruling}' for ruling in row.rulings)}"
    return f"- **{row.id}** ({row.level}) {prose(row.sentence, 500)} {code(place)}"


def _story(check: CheckPart) -> Iterator[str]:
    named = {"check": check.id, "expected": check.expected, "received": check.received}
    named |= {} if check.expected or check.received else {"message": check.message}
    yield from (f"{name:9} {text}" for name, text in named.items() if text)
    yield from [""] * bool(check.story)
    yield from story_lines(check)
    last = {"sent": sent_of(check), "logs": in_the_logs(check)}
    yield from [""] * any(last.values())
    yield from (f"{name:9} {text}" for name, text in last.items() if text)


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Folded away. `title` is in our own words."""
    yield from ("", f"<details><summary>{title}</summary>", "")
    more = [f"and {len(lines) - MOST_LINES} more in report.json"] * (len(lines) > MOST_LINES)
    yield from (*block([*lines[:MOST_LINES], *more]), "", "</details>")


def _open_ends(report: Report, faults: str = OUR_FAULTS) -> Iterator[str]:
    """What binds, and came to no verdict for a reason that no finding tells. `faults`: the title of what raised."""
    kept = {id_ for finding in report.findings for id_ in finding.dependents}
    rows = [row for row in report.requirements if row.level is not Level.OPEN and report.decides(row.id)]
    for verdict, title in (
        (Verdict.ERROR, faults),
        (Verdict.INCONCLUSIVE, "No verdict"),
    ):
        found = [row for row in rows if row.verdict is verdict and not kept & {*row.checks}]
        if found:
            yield f"## {title}\n"
        for reason, ids in _by_reason(found).items():
            more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
            yield f"- {', '.join(ids[:MOST_IDS])}{more}: {prose(reason)}"


def _by_reason(rows: Iterable[RequirementPart], *, hinted: bool = False) -> dict[str, list[str]]:
    """The ids of those with the same reason, the most first; `hinted`: what would enable them comes before it."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault((hinted and row.hint) or _MORE.sub("", row.reason), []).append(row.id)
    return dict(sorted(found.items(), key=lambda one: -len(one[1])))


def _areas(report: Report) -> Iterator[str]:
    """A table of numbers: nothing of it is the target's."""
    rows = [row for row in report.requirements if row.level is not Level.OPEN]
    shown = [verdict for verdict in _COLUMNS if any(row.verdict is verdict for row in rows)]
    yield "## Requirements by area\n"
    yield f"| | {' | '.join(LOOKS[verdict].word for verdict in shown)} |"
    yield f"|---|{'---:|' * len(shown)}"
    for title, own in (
        *((area.title, [row for row in rows if row.area == area.area]) for area in report.areas),
        ("**all**", rows),
    ):
        counts = Counter(row.verdict for row in own)
        if own:
            yield f"| {title} | {' | '.join(str(counts[verdict] or '') for verdict in shown)} |"


def _not_tested(report: Report) -> Iterator[str]:
    """By the line of the target file that would enable it, else by reason."""
    for verdict, title in ((Verdict.NOT_TESTED, "Not tested"), (Verdict.NOT_APPLICABLE, "Not applicable")):
        rows = [row for row in report.requirements if row.verdict is verdict and row.level is not Level.OPEN]
        if rows:
            yield f"<details><summary>{title}: {counted(len(rows), 'requirement', 'requirements')}</summary>\n"
            yield from (f"- {prose(reason)}: {', '.join(ids)}" for reason, ids in _by_reason(rows, hinted=True).items())
            yield "\n</details>"


def _observations(report: Report) -> Iterator[str]:
    if seen := report.observations[:MOST_LINES]:
        count = len(report.observations)
        yield f"<details><summary>Seen where the documentation leaves it open: {count}</summary>\n"
        yield from (f"- {one.ruling}: {prose(one.text)}" for one in seen)
        yield from [f"- and {count - len(seen)} more"] * (count > len(seen))
        yield "\n</details>"
