"""Findings: what one deviation broke, told once.

Requirements decide a run; people read findings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from conformance.verdict.causes import Seen, drawn, forbids, joined, keys, misleads, of_all_traffic, undocumented
from conformance.verdict.dependents import dependents
from conformance.verdict.outcome import Outcome, Verdict
from conformance.verdict.telling import cause, place


class Again(StrEnum):
    """What came of a deviation that was provoked once more. It stays a deviation: a race is one."""

    NOT = ""
    """It was not."""
    FAILED = "failed again"
    PASSED = "passed when provoked again"
    OPEN = "came to no verdict when provoked again"


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
    again: Again = Again.NOT


def findings(outcomes: Iterable[Outcome]) -> tuple[Finding, ...]:
    """One finding for each deviation, in the order in which they were seen. Every failed check is in just one."""
    found = tuple(outcomes)
    failed = [outcome for outcome in found if outcome.verdict is Verdict.FAIL]
    groups = [_decisive_first(group) for group in joined(failed)]
    seen = Seen.of(failed)
    return tuple(_finding(group, kept, seen) for group, kept in zip(groups, dependents(groups, found), strict=True))


def _decisive_first(group: Sequence[Outcome]) -> list[Outcome]:
    """What explains the others before them, a test, which has a story of its own, before a check of all traffic, and of
    two alike the plain one, which somebody wrote.
    """
    return sorted(
        group,
        key=lambda each: (
            not undocumented(each),
            of_all_traffic(each),
            not forbids(each),
            not misleads(each),
            drawn(each),
        ),
    )


def _finding(group: Sequence[Outcome], kept: Sequence[str], seen: Seen) -> Finding:
    broken = dict.fromkeys(id_ for outcome in group for id_ in outcome.requirements)
    checks = dict.fromkeys(outcome.id for outcome in group)
    digest = sha256(repr(next(keys(group[0], seen), group[0].id)).encode()).hexdigest()[:8]
    return Finding(digest, cause(group), tuple(broken), tuple(checks), tuple(kept), place(group), _again(group))


def _again(group: Sequence[Outcome]) -> Again:
    came = {outcome.again for outcome in group if outcome.again}
    if not came:
        return Again.NOT
    if Verdict.FAIL in came:
        return Again.FAILED
    return Again.PASSED if came == {Verdict.PASS} else Again.OPEN
