"""Findings: what one deviation broke, told once.

Requirements decide a run; people read findings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from conformance.verdict.outcome import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation, as the author of the server would name it."""

    id: str
    """Eight hexadecimal digits of its cause: the same deviation has the same ones in every run."""
    cause: str
    """One sentence, in words that would stand in a bug ticket."""
    requirements: tuple[str, ...]
    """Those it breaks, the one that tells it best first."""
    checks: tuple[str, ...]
    """Ids of the failed checks that show it. The first one has the story to tell."""
    dependents: tuple[str, ...] = ()
    """Ids of the checks that it keeps from a verdict."""
    place: str = ""
    """Where in the server it likely is, where the evidence supports that; empty elsewhere."""


def findings(outcomes: Iterable[Outcome]) -> tuple[Finding, ...]:
    """One finding for each deviation, in the order in which they were seen. Every failed check is in just one."""
    found = tuple(outcomes)
    groups: dict[object, list[Outcome]] = {}
    for outcome in found:
        if outcome.verdict is Verdict.FAIL:
            groups.setdefault(_cause_of(outcome), []).append(outcome)
    return tuple(_finding(group, found) for group in groups.values())


def _cause_of(outcome: Outcome) -> object:
    """What failed checks of one deviation have in common."""
    return outcome.requirements[:1]


def _finding(group: Sequence[Outcome], outcomes: Sequence[Outcome]) -> Finding:
    first = group[0]
    broken = tuple(dict.fromkeys(id_ for outcome in group for id_ in outcome.requirements))
    cause = f"expected {first.expected}, but received {first.received}" if first.expected else first.message
    kept = (outcome.id for outcome in outcomes if outcome.verdict is Verdict.INCONCLUSIVE and outcome.root in broken)
    digest = sha256(repr(_cause_of(first)).encode()).hexdigest()[:8]
    return Finding(digest, cause, broken, tuple(outcome.id for outcome in group), tuple(kept))
