"""A case for each requirement, for the test views of CI services: what JUnit XML and CTRF have in common.

What decides the verdict breaks the build as well. One cause breaks it once: what depends on a requirement that failed,
or is inconclusive for a reason that another case tells, is skipped with that reason. So is a failure that was known
before the run, until its day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.report.beside import name_beside, reports_beside
from conformance.report.model import CheckPart, Report, RequirementPart
from conformance.report.tolerated import told
from conformance.requirements import Level
from conformance.verdict import INTERRUPTED, State, Verdict

THE_RUN = "The run"
"""The area of the case that stands for the run itself, and of checks that name no requirement."""
RUN_CASE = "The run came to a verdict"


class Status(StrEnum):
    """What a test view makes of a case."""

    PASSED = "passed"
    FAILED = "failed"
    """The target broke what decides the verdict."""
    ERROR = "error"
    """The environment or a fault of the suite prevented the verdict."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """`area` and `name` tell it from all others, in every run alike."""

    area: str
    name: str
    status: Status
    raw: str
    """The verdict in the words of report.json."""
    message: str = ""
    """Why it did not pass, in one sentence."""
    row: RequirementPart | None = None
    checks: tuple[CheckPart, ...] = ()
    finding: str = ""
    """The id of the finding that breaks it, or keeps it from a verdict."""

    @property
    def seconds(self) -> float:
        return sum(check.seconds for check in self.checks)


def cases(report: Report) -> list[Case]:
    """Requirements in the order of the documentation, checks without one, those of extensions, and the run itself."""
    by_id = {check.id: check for check in report.checks}
    judge = _Judge(report, by_id)
    titles = {area.area: area.title for area in report.areas}
    told = [_of_requirement(row, titles.get(row.area, row.area), judge) for row in _in_question(report)]
    told += [_of_stray(check) for check in report.checks if not check.requirements]
    for part, own in reports_beside(report):
        theirs = _Judge(own, {check.id: check for check in own.checks})
        told += [_of_requirement(row, name_beside(part), theirs) for row in _in_question(own)]
    return [*told, _of_run(report, told)]


def _in_question(report: Report) -> Iterator[RequirementPart]:
    """What the run is about, and what failed beside it. What is never judged has no case."""
    narrowed = report.suite.selection is not None and not report.suite.selection.requirements
    for row in report.requirements:
        asked = report.decides(row.id) and (bool(row.checks) or not narrowed)
        if row.level is not Level.OPEN and (asked or row.verdict is Verdict.FAIL):
            yield row


class _Judge:
    """Decides what a requirement's verdict does to the build; remembers the causes that were told already."""

    def __init__(self, report: Report, checks: dict[str, CheckPart]) -> None:
        self.report, self.checks = report, checks
        self.levels = {Level.MUST, Level.SHOULD} if report.strict else {Level.MUST}
        self.open = {row.id for row in report.requirements if row.verdict is not Verdict.PASS}
        self.kept = {id_: each.id for each in report.findings for id_ in each.dependents}
        self.broken = {id_: each.id for each in report.findings for id_ in each.checks}
        self.told: dict[str, str] = {}
        self.tolerated = _Tolerated(report)

    def of(self, row: RequirementPart) -> tuple[Status, str]:
        """What becomes of it, and why."""
        if row.verdict is Verdict.PASS:
            return Status.PASSED, ""
        if row.level not in self.levels or not self.report.decides(row.id):
            return Status.SKIPPED, f"{row.level} {_words(row.verdict)}: {row.reason}"
        if row.verdict is Verdict.FAIL:
            known = self.tolerated.of(self.decisive(row), row)
            return (Status.SKIPPED, known) if known else (Status.FAILED, row.reason)
        if row.verdict is Verdict.ERROR:
            return Status.ERROR, row.reason
        if row.verdict is Verdict.INCONCLUSIVE:
            return self._inconclusive(row)
        return Status.SKIPPED, f"{_words(row.verdict)}: {row.reason}"

    def _inconclusive(self, row: RequirementPart) -> tuple[Status, str]:
        own = [check for check in self.decisive(row) if not self._depends(check, row.id)]
        if not own:
            return Status.SKIPPED, row.reason
        cause = own[0].root or own[0].message
        if cause and any(problem.startswith(cause) for problem in self.report.problems):
            return Status.SKIPPED, f"as {RUN_CASE!r}: {row.reason}"
        first = self.told.setdefault(cause, row.id)
        return (Status.ERROR, row.reason) if first == row.id else (Status.SKIPPED, f"as {first}: {row.reason}")

    def _depends(self, check: CheckPart, own: str) -> bool:
        """Whether another requirement kept it from a verdict, whose case says why."""
        return check.id in self.kept or (check.root in self.open and check.root != own)

    def decisive(self, row: RequirementPart) -> list[CheckPart]:
        """Its checks with its own verdict."""
        return [check for check in self.checks_of(row) if check.verdict is row.verdict]

    def checks_of(self, row: RequirementPart) -> Sequence[CheckPart]:
        return [self.checks[id_] for id_ in row.checks if id_ in self.checks]

    def finding(self, row: RequirementPart) -> str:
        ids = [check.id for check in self.decisive(row)]
        return next((known[id_] for id_ in ids for known in (self.broken, self.kept) if id_ in known), "")


class _Tolerated:
    """The failures that were known before the run, and break no build until their day."""

    def __init__(self, report: Report) -> None:
        self.known = {entry.id: entry for entry in report.known_failures if entry.state is State.FAILS}
        shown = (each for each in report.findings if each.id in self.known)
        self.by_check = {id_: self.known[each.id] for each in shown for id_ in each.checks}

    def of(self, failed: Sequence[CheckPart], row: RequirementPart) -> str:
        """What to say of a requirement whose failed checks are all known; empty where one of them is not."""
        entries = [self.known.get(row.id) or self.by_check.get(check.id) for check in failed]
        if not entries or None in entries:
            return ""
        return "; ".join(dict.fromkeys(f"known failure: {told(entry)}" for entry in entries if entry))


def _of_requirement(row: RequirementPart, area: str, judge: _Judge) -> Case:
    status, message = judge.of(row)
    # Those with its verdict first: they are what there is to say.
    checks = sorted(judge.checks_of(row), key=lambda check: check.verdict is not row.verdict)
    name = f"{row.id} {row.sentence}"
    return Case(area, name, status, row.verdict, message, row, tuple(checks), judge.finding(row))


def _of_stray(check: CheckPart) -> Case:
    status = {Verdict.PASS: Status.PASSED, Verdict.NOT_TESTED: Status.SKIPPED}.get(check.verdict, Status.ERROR)
    message = "" if status is Status.PASSED else check.message or check.hint or check.root
    return Case(THE_RUN, check.id, status, check.verdict, message, None, (check,))


def _of_run(report: Report, others: Iterable[Case]) -> Case:
    """An error where the run has no verdict for a reason that no other case tells."""
    broken = any(case.status in {Status.FAILED, Status.ERROR} for case in others)
    untold = report.problems or report.exit_status == INTERRUPTED or (report.exit_status and not broken)
    message = "; ".join(dict.fromkeys((*report.problems, *report.because))) if untold else ""
    return Case(THE_RUN, RUN_CASE, Status.ERROR if untold else Status.PASSED, report.verdict, message)


def _words(verdict: Verdict) -> str:
    return {Verdict.FAIL: "failed"}.get(verdict, verdict.replace("_", " "))
