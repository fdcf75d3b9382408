"""Counting failures in a row at one endpoint, over all its deliveries (R32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.checks.retries import failed
from conformance.evidence.attempt import Attempt

DISABLED_AFTER = 8
SAME_MOMENT = 2.0
"""Seconds of the target's time within which the order of two attempts says nothing."""


@dataclass(frozen=True)
class Offer:
    """A delivery due at the endpoint unless it is disabled: when another endpoint got its own, and what came here."""

    due: float
    attempts: tuple[Attempt, ...]

    @property
    def came(self) -> bool:
        return bool(self.attempts)


def row_before(offer: Offer, offers: Iterable[Offer], slack: float = SAME_MOMENT) -> int:
    """The longest row of failed attempts that may have come about before an offer was due; the offer's own aside.

    Attempts of the same moment are counted in the order that makes the row longest.
    """
    attempts = [
        a for other in offers if other is not offer for a in other.attempts if a.arrived.target <= offer.due + slack
    ]
    return longest_row(attempts, slack)


def longest_row(attempts: Sequence[Attempt], slack: float = SAME_MOMENT) -> int:
    """The most failures in a row that any order of simultaneous attempts allows."""
    best = row = 0
    for moment in _moments(sorted(attempts, key=lambda a: a.arrived.target), slack):
        failures = sum(failed(attempt) for attempt in moment)
        best = max(best, row + failures)
        row = failures if failures < len(moment) else row + failures
    return best


def _moments(attempts: Sequence[Attempt], slack: float) -> list[list[Attempt]]:
    """The attempts in groups of those that came at once."""
    moments: list[list[Attempt]] = []
    for attempt in attempts:
        if moments and attempt.arrived.target - moments[-1][-1].arrived.target <= slack:
            moments[-1].append(attempt)
        else:
            moments.append([attempt])
    return moments


def out_of_attempts(offers: Iterable[Offer], most: int) -> int:
    """How many deliveries failed in all their attempts."""
    return sum(len(offer.attempts) >= most and all(map(failed, offer.attempts)) for offer in offers)
