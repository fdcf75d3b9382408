"""What of a run's failures is known, and what remains to break a build."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.target.known_failures import KnownFailure
from conformance.verdict.findings import Finding
from conformance.verdict.outcome import Outcome, Verdict


class State(StrEnum):
    """What became of a known failure in a run."""

    FAILS = "fails"
    PASSES = "passes"
    """Or nothing like it was found: the entry is to be removed."""
    NOT_REACHED = "not reached"
    EXPIRED = "expired"
    """It tolerates nothing any more."""


@dataclass(frozen=True)
class Known:
    """The known failures of a run, each with its state, and what they do not account for."""

    states: tuple[tuple[KnownFailure, State], ...]
    unknown: tuple[str, ...]
    """Requirements that failed and are not known to."""
    explained: frozenset[str]
    """Ids of checks that failed as known, or that a known finding keeps from a verdict."""

    def accounting_for(self, finding: Finding) -> tuple[str, ...]:
        """Ids of the entries that a finding is tolerated for; none where one of its checks is not known to fail."""
        if not self.explained.issuperset(finding.checks):
            return ()
        named = {finding.id, *finding.requirements}
        return tuple(entry.id for entry, state in self.states if state is State.FAILS and entry.id in named)

    @property
    def to_be_removed(self) -> tuple[str, ...]:
        return tuple(entry.id for entry, state in self.states if state is State.PASSES)


def known_of(
    entries: Sequence[KnownFailure], verdicts: Mapping[str, Verdict], binding: Collection[str],
    findings: Sequence[Finding], outcomes: Iterable[Outcome], *, whole: bool,
) -> Known:  # fmt: skip
    """`verdicts` are those of all requirements in question, `binding` those of them that decide.

    `whole`: the run was neither chosen nor cut short.
    """
    alive = [entry for entry in entries if not entry.expired]
    rows, causes = {entry.id for entry in alive if not entry.of_finding}, {entry.id for entry in alive}
    failed = [outcome for outcome in outcomes if outcome.verdict is Verdict.FAIL]
    shown = {check for finding in findings if finding.id in causes for check in finding.checks}
    explained = {one.id for one in failed if one.id in shown or rows.issuperset(one.requirements)}
    unknown = dict.fromkeys(id_ for one in failed if one.id not in explained for id_ in one.requirements)
    for finding in findings:
        if explained.issuperset(finding.checks):
            explained |= {*finding.dependents}
    states = tuple((entry, _state(entry, verdicts, findings, whole=whole)) for entry in entries)
    return Known(states, tuple(id_ for id_ in unknown if id_ in binding and id_ not in rows), frozenset(explained))


def _state(
    entry: KnownFailure, verdicts: Mapping[str, Verdict], findings: Sequence[Finding], *, whole: bool
) -> State:  # fmt: skip
    if entry.expired:
        return State.EXPIRED
    came = {verdicts.get(id_) for id_ in entry.broken}
    if any(finding.id == entry.id for finding in findings) if entry.of_finding else Verdict.FAIL in came:
        return State.FAILS
    if (entry.of_finding and whole) or (came and came <= {Verdict.PASS, Verdict.NOT_APPLICABLE}):
        return State.PASSES
    return State.NOT_REACHED
