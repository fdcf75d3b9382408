"""The rate-limit headers as numbers, ordered by key and by window, and the calls that may have been counted in between.

Nothing here judges: where the evidence leaves more than one explanation, a pair of responses is not offered, or the
bounds are wide (the documentation, rate limits; R4, R5).
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import accumulate

from conformance.checks.finding import Evidence
from conformance.contract import documented, load
from conformance.evidence import Exchange
from conformance.limits import LONGEST_EXCHANGE_SECONDS

LIMIT, WINDOW = documented().quota, documented().window_seconds
AHEAD = WINDOW + 5
STEADY = 2
UNAUTHORIZED = 401
UNANSWERED_SECONDS = 10.0
"""Real seconds after which a call that broke off will not be counted any more by the target."""
NEVER_SEEN_SECONDS = LONGEST_EXCHANGE_SECONDS + UNANSWERED_SECONDS
"""The same after the beginning of a call whose end was never seen, however long the run would have waited for it."""

Budget = Callable[[Exchange], Hashable]
"""What a call draws on: its key by the documentation, something else on a target that is wrong."""


@dataclass(frozen=True)
class Reading:
    """What one response to a valid key told: calls that remain, epoch seconds of the reset, and the target's time."""

    exchange: Exchange
    remaining: int
    reset: int
    now: float | None

    @property
    def proper(self) -> bool:
        """The reset is known to lie within the hour to come."""
        return self.now is not None and self.now <= self.reset <= self.now + AHEAD


def now(exchange: Exchange) -> float | None:
    """The target's time: its test clock where there is one, else the Date of the response, never our own clock."""
    if exchange.clock is not None:
        return exchange.clock
    try:
        date = parsedate_to_datetime(exchange.header("date") or "")
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def integer(text: str | None) -> int | None:
    """A header's value as a number; None when it is not a decimal integer."""
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,18}", text) else None


def by_key(call: Exchange) -> Hashable:
    """The budget of the documentation."""
    return call.account


def limited(call: Exchange) -> bool:
    """A call of an operation that the rate limits are about: one that takes an API key."""
    return call.operation in load().keyed


def accepted(call: Exchange) -> bool:
    """Such a call that was answered with a 2xx."""
    return limited(call) and 200 <= call.status < 300


def readings(evidence: Evidence, budget: Budget = by_key) -> dict[Hashable, list[Reading]]:
    """By budget, in the order of their ends; responses whose headers are absent or malformed are judged elsewhere."""
    found: dict[Hashable, list[Reading]] = defaultdict(list)
    for exchange in sorted(evidence, key=lambda e: e.ended):
        remaining, reset = (integer(exchange.header(f"x-ratelimit-{name}")) for name in ("remaining", "reset"))
        counted = exchange.account and limited(exchange) and exchange.status != UNAUTHORIZED
        if counted and remaining is not None and reset is not None:
            found[budget(exchange)].append(Reading(exchange, remaining, reset, now(exchange)))
    return found


def windows(group: Iterable[Reading]) -> list[list[Reading]]:
    """The readings of one budget by window: a window lasts until the reset that its first reading told.

    A call that overlaps the first of a window may still belong to the window before, and is left out.
    """
    found: list[list[Reading]] = []
    for reading in group:
        first = found[-1][0] if found else None
        if first is None or _may_be_over(first, reading):
            found.append([reading])
        elif reading.exchange.started >= first.exchange.ended:
            found[-1].append(reading)
    return found


def _may_be_over(first: Reading, reading: Reading) -> bool:
    """The reset has come (give or take 2 s); without a time, all that tells is that the reset is another one."""
    if reading.now is None:
        return abs(reading.reset - first.reset) > STEADY
    return reading.now >= first.reset - STEADY


class Calls:
    """The calls that may draw on one budget, whoever sent them, found by the time they took."""

    def __init__(self, evidence: Evidence, drawn: Hashable, budget: Budget = by_key) -> None:
        self._drawn, self._budget = drawn, budget
        calls = sorted((e for e in evidence if self._may_draw(e)), key=lambda e: e.started)
        self._unanswered = [call for call in calls if not call.response]
        self._calls = [call for call in calls if call.response]
        self._starts = [call.started for call in self._calls]
        self._over = list(accumulate((call.ended for call in self._calls), max))
        """When all calls up to this one were over."""

    def _may_draw(self, call: Exchange) -> bool:
        """Calls under the key; and calls without a valid key, which a lenient target may ascribe to any."""
        return bool(call.account and self._budget(call) == self._drawn) or bool(call.operation and not call.account)

    def during(self, begin: float, end: float, clock: float | None = None) -> Iterator[Exchange]:
        """Calls under way at any time after `begin` and before `end` (of this machine's clock), in no order.

        `clock` is the target's time at `begin`, on a test clock: that is not moved while the target is at work.
        """
        for call in self._unanswered:
            later = NEVER_SEEN_SECONDS if call.interrupted else UNANSWERED_SECONDS
            over = clock is not None and call.clock is not None and clock - call.clock > later
            if call.started < end and call.ended + later > begin and not over:
                yield call
        place = bisect_left(self._starts, end) - 1
        while place >= 0 and self._over[place] > begin:
            if self._calls[place].ended > begin:
                yield self._calls[place]
            place -= 1

    def alone(self, reading: Reading) -> bool:
        """No other call was under way meanwhile, so that its place in the count is certain."""
        call = reading.exchange
        return all(other is call for other in self.during(call.started, call.ended, call.clock))

    def between(self, before: Reading, after: Reading) -> tuple[int, int]:
        """The least and the most by which Remaining may have fallen from one response to another that began later.

        Whether a response counts its own call is open, so that of the two calls at the ends only one counts for sure,
        and only where both were accepted. The least is below zero where it may have risen. While a run was
        interrupted, others may have used the key.
        """
        first, last = before.exchange, after.exchange
        least, most = int(accepted(first) and accepted(last)), 1 if first.part == last.part else LIMIT
        for call in self.during(first.started, last.ended, first.clock):
            if call is first or call is last:
                continue
            most += 1
            least += bool(
                call.account and accepted(call) and call.started >= first.ended and call.ended <= last.started
            )
        return least - self._given_back(first, last), most

    def _given_back(self, first: Exchange, last: Exchange) -> int:
        """Calls that were refused, and counted when the first one was answered: whether they stay so is open (R4)."""
        beside = self.during(first.started, first.ended, first.clock)
        return sum(not accepted(call) for call in beside if call is not first and call is not last)
