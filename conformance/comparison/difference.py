"""What changed from one run to a later one. Pure: reports in, a difference out.

Findings are matched by their cause (their id), requirements by theirs, observations by ruling and text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.report.model import FindingPart, ObservationPart, RequirementPart
from conformance.requirements import Level
from conformance.verdict import Verdict

JUDGED = {Verdict.PASS, Verdict.FAIL}
_REMEDY = "compare two runs of the same profile on the same target, judged by the same requirements"


@dataclass(frozen=True)
class Change:
    """A requirement whose verdict is another one."""

    id: str
    sentence: str
    before: Verdict
    now: Verdict
    reason: str
    binds: bool
    """It decides the verdict of the later run."""


@dataclass(frozen=True)
class Difference:
    """From an earlier report to a later one."""

    old: Report
    new: Report
    broken: tuple[Change, ...]
    """Fail now, and did not."""
    mended: tuple[Change, ...]
    """Failed, and pass now."""
    undecided: tuple[Change, ...]
    """Had a verdict, and have none now. Of a chosen run, what was chosen: what stands beside it comes and goes."""
    decided: tuple[Change, ...]
    """Had none, and pass now."""
    found: tuple[FindingPart, ...]
    """Findings that are new."""
    gone: tuple[FindingPart, ...]
    came: tuple[ObservationPart, ...]
    """What the target does now, and did not, where the documentation leaves it free."""
    went: tuple[ObservationPart, ...]

    @property
    def regressed(self) -> bool:
        """Whether something that binds is broken that was not, or in another way than before."""
        binding = {row.id for row in self.new.requirements if _binds(row, self.new)}
        anew = any(binding.intersection(finding.requirements) for finding in self.found)
        return anew or any(change.binds for change in self.broken)

    @property
    def same(self) -> bool:
        """Whether nothing is different but times and cost."""
        kinds = (self.broken, self.mended, self.undecided, self.decided, self.found, self.gone, self.came, self.went)
        return not any(kinds)


def difference(old: Report, new: Report) -> Difference:
    """Raises ConfigurationError, which says why, when the two cannot be compared."""
    if why := _incomparable(old, new):
        raise ConfigurationError(f"the two cannot be compared: {why}", _REMEDY)
    changes = list(_changes(old, new))
    about = [one for one in changes if new.decides(one.id)]
    before, now = {one.id for one in old.findings}, {one.id for one in new.findings}
    seen, sees = set(old.observations), set(new.observations)
    return Difference(
        old,
        new,
        broken=tuple(one for one in changes if one.now is Verdict.FAIL),
        mended=tuple(one for one in changes if one.before is Verdict.FAIL and one.now is Verdict.PASS),
        undecided=tuple(one for one in about if one.before in JUDGED and one.now not in JUDGED),
        decided=tuple(one for one in about if one.before not in JUDGED and one.now is Verdict.PASS),
        found=tuple(one for one in new.findings if one.id not in before),
        gone=tuple(one for one in old.findings if one.id not in now),
        came=tuple(one for one in new.observations if one not in seen),
        went=tuple(one for one in old.observations if one not in sees),
    )


def _incomparable(old: Report, new: Report) -> str:
    pairs = (
        ("profile", old.profile, new.profile),
        ("requirements", old.suite.requirements_sha256[:12], new.suite.requirements_sha256[:12]),
        ("contract", old.suite.contract_sha256[:12], new.suite.contract_sha256[:12]),
        ("target", old.target.name, new.target.name),
        ("selection", _words(old), _words(new)),
    )
    return "; ".join(f"the {what} is {one}, then {two}" for what, one, two in pairs if one != two)


def _words(report: Report) -> str:
    return " ".join(report.suite.selection.words) if report.suite.selection else "everything"


def _changes(old: Report, new: Report) -> Iterable[Change]:
    before = {row.id: row.verdict for row in old.requirements}
    for row in new.requirements:
        if row.id in before and before[row.id] is not row.verdict:
            binds = _binds(row, new)
            yield Change(row.id, row.sentence, before[row.id], row.verdict, row.reason, binds)


def _binds(row: RequirementPart, report: Report) -> bool:
    return (row.level is Level.MUST or (report.strict and row.level is Level.SHOULD)) and report.decides(row.id)
