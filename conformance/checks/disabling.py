"""Counting failures in a row at one endpoint, over all its deliveries (R32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from conformance.checks.retries import FIRST_ATTEMPT, GAPS, MOST_ATTEMPTS, TIMEOUT, Bounds, failed
from conformance.contract import documented
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import Symptom

DISABLED_AFTER = documented().failures
MISSED = (
    f"at this clock scale the receiver may have missed the timeout, and {DISABLED_AFTER} failures in a row disable "
    "an endpoint"
)
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


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint was offered, in order. `generate` is the call that made the last of it, `noise` as a Delivery's.

    `late_answers`: the receiver was seen to miss the target's timeout, so that more may have failed than is known.
    `doubtful`: attempts were given up before they were seen, or controls repeated, so that nothing is certain.
    `until` is when it was last looked at, by the attempts' clock.
    """

    name: str
    offers: tuple[Offer, ...]
    generate: Exchange
    noise: float = 0
    late_answers: bool = False
    doubtful: bool = False
    until: float = float("inf")

    @property
    def slack(self) -> float:
        """Seconds within which the order of two attempts, as the target knows it, is open.

        Where none of our answers came too late for the target, noise is less than the timeout.
        """
        return SAME_MOMENT + (self.noise if self.late_answers else min(self.noise, TIMEOUT))

    @property
    def missed(self) -> list[tuple[int, int]]:
        """Which offers, counted from 1, did not come after how many failed attempts in a row, too few by any count."""
        rows = (row_before(self._due(offer), self.offers, self.slack) for offer in self.offers)
        return [
            (number, row)
            for number, (offer, row) in enumerate(zip(self.offers, rows, strict=True), 1)
            if row < DISABLED_AFTER and not offer.came
        ]

    @property
    def waits_in_line(self) -> bool:
        """Whether what did not come may still wait for the end of a delivery before it, as it may (R41)."""
        came = [offer for offer in self.offers if offer.came]
        return bool(came) and not self._side_by_side and any(_may_go_on(offer, self.until) for offer in came)

    def _due(self, offer: Offer) -> Offer:
        """What may have waited for the end of deliveries before it was not due before all of them were over."""
        begun = any(_first(other) <= offer.due < _finished(other) for other in self.offers if other.came)
        return Offer(float("inf"), ()) if begun and not offer.came and not self._side_by_side else offer

    @property
    def _side_by_side(self) -> bool:
        """Whether a delivery was seen to begin before one that had begun earlier was over."""
        return any(
            _first(one) <= _first(other) < _finished(one)
            for one in self.offers
            for other in self.offers
            if one is not other and one.came and other.came
        )


def stays_enabled(endpoint: Endpoint) -> None:
    """While fewer than eight attempts in a row have failed, every new delivery comes."""
    for number, row in endpoint.missed:
        if endpoint.late_answers and (endpoint.doubtful or _may_have_failed_in_a_row(endpoint, number)):
            raise Inconclusive(f"delivery {number} did not come at {endpoint.name}: {MISSED}")
        if endpoint.waits_in_line:
            raise Inconclusive(f"delivery {number} at {endpoint.name} may still wait for the one before it")
        raise Nonconformity(
            f"delivery {number} at {endpoint.name}, where no more than {row} attempts in a row had failed",
            f"none; what came before it was answered {_answers(endpoint, number - 1)}",
            endpoint.generate,
            symptom=Symptom(
                f"a new event, after no more than {row} failed attempts in a row,", "delivered", "not delivered"
            ),
        )


def _answers(endpoint: Endpoint, count: int) -> str:
    """What an endpoint answered to its first offers: "200 (delivery 1), 500 500 (delivery 2)"."""
    each = (
        f"{' '.join(attempt.answer or 'held' for attempt in offer.attempts) or 'nothing'} (delivery {number})"
        for number, offer in enumerate(endpoint.offers[:count], 1)
    )
    return ", ".join(each)


def _may_have_failed_in_a_row(endpoint: Endpoint, number: int) -> bool:
    """Whether eight attempts in a row may have failed before this offer, if the target missed some of our answers.

    It missed those that it repeated, and it may have missed a fourth, which nothing follows, and the last that came.
    """
    offer, attempts = endpoint.offers[number - 1], [a for one in endpoint.offers for a in one.attempts]
    last = max((attempt.arrived.target for attempt in attempts), default=0)

    def lost(attempt: Attempt, number: int, of: int) -> Attempt:
        missed = number < of or number == MOST_ATTEMPTS or attempt.arrived.target > last - endpoint.slack
        return replace(attempt, ended=replace(attempt.ended, status=0)) if missed and attempt.ended else attempt

    offers = [
        offer
        if one is offer
        else replace(one, attempts=tuple(lost(a, n, len(one.attempts)) for n, a in enumerate(one.attempts, 1)))
        for one in endpoint.offers
    ]
    return row_before(offer, offers, endpoint.slack) >= DISABLED_AFTER


def is_switched_off(endpoint: Endpoint) -> None:
    """The last offer did not come. Raises Inconclusive where fewer than eight were seen to fail before it."""
    *before, last = endpoint.offers
    if not last.came:
        return
    exhausted = out_of_attempts(before, MOST_ATTEMPTS)
    if exhausted < DISABLED_AFTER:
        raise Inconclusive(f"only {exhausted} deliveries were seen to fail in all their attempts", root="RETRY-11")
    raise Nonconformity(
        "no new delivery to an endpoint that is switched off",
        f"one, after {exhausted} deliveries in a row had failed in all their attempts",
        endpoint.generate,
        attempt=last.attempts[0],
        symptom=Symptom(
            f"a new event, after {exhausted} deliveries in a row failed in all attempts,", "not delivered", "delivered"
        ),
    )


def _first(offer: Offer) -> float:
    return offer.attempts[0].arrived.target


def _finished(offer: Offer) -> float:
    """When its last attempt came; never, for what has failed and has attempts left."""
    *_, last = offer.attempts
    return float("inf") if failed(last) and len(offer.attempts) < MOST_ATTEMPTS else last.arrived.target


def _may_go_on(offer: Offer, until: float) -> bool:
    """Whether its next attempt, or after its end the first of another delivery, may come after this moment."""
    *before, last = offer.attempts
    left = failed(last) and len(before) < len(GAPS)
    return until < last.arrived.target + (Bounds(GAPS[len(before)]).most if left else FIRST_ATTEMPT)


def row_before(offer: Offer, offers: Iterable[Offer], slack: float = SAME_MOMENT) -> int:
    """The longest row of failed attempts that may have come about before an offer came at the latest; its own aside.

    Attempts of the same moment are counted in the order that makes the row longest.
    """
    attempts = [
        attempt
        for other in offers
        if other is not offer
        for attempt in other.attempts
        if attempt.arrived.target <= offer.due + FIRST_ATTEMPT + slack
    ]
    return longest_row(attempts, slack)


def longest_row(attempts: Sequence[Attempt], slack: float = SAME_MOMENT) -> int:
    """The most failures in a row that any order of the results allows.

    The target knows a result at the earliest when the attempt came, and at the latest `slack` seconds after its end. So
    a failure can stand between two successes from before the first, or after the second, if it is that near to it.
    """
    successes = [attempt for attempt in attempts if not failed(attempt)]
    begins = [float("-inf"), *(success.arrived.target for success in successes)]
    return max(_between(begin, successes, attempts, slack) for begin in begins)


def _between(begin: float, successes: Sequence[Attempt], attempts: Sequence[Attempt], slack: float) -> int:
    """How many failures may have been noted from then on, before any of the successes that came later."""
    end = min((one.over + slack for one in successes if one.arrived.target > begin), default=float("inf"))
    return sum(failed(one) and one.arrived.target <= end and one.over + slack >= begin for one in attempts)


def out_of_attempts(offers: Iterable[Offer], most: int) -> int:
    """How many deliveries failed in all their attempts."""
    return sum(len(offer.attempts) >= most and all(map(failed, offer.attempts)) for offer in offers)
