"""The arithmetic of the rate-limit headers, over all traffic of a key (the documentation, rate limits; R4, R5, R7)."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import pairwise
from operator import attrgetter

from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.evidence import Exchange

WINDOW = 3600
AHEAD = WINDOW + 5
STEADY = 2
TOO_MANY = 429
UNAUTHORIZED = 401

Budget = Callable[[Exchange], str]
"""What a call draws on: the key by the documentation, the key and the operation on a target that is wrong."""


@dataclass(frozen=True)
class Reading:
    """The three headers of one response to a valid key, as numbers."""

    exchange: Exchange
    remaining: int
    reset: int
    now: float | None

    @property
    def accepted(self) -> bool:
        return 200 <= self.exchange.status < 300


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
    return int(text) if text is not None and re.fullmatch(r"\d{1,18}", text) else None


def readings(evidence: Evidence) -> dict[str, list[Reading]]:
    """By account, in order; responses whose headers are absent or malformed are judged elsewhere."""
    found: dict[str, list[Reading]] = defaultdict(list)
    for exchange in evidence:
        remaining, reset = (integer(exchange.header(f"x-ratelimit-{name}")) for name in ("remaining", "reset"))
        counted = exchange.account and exchange.operation and exchange.status != UNAUTHORIZED
        if counted and remaining is not None and reset is not None:
            found[exchange.account].append(Reading(exchange, remaining, reset, now(exchange)))
    return found


def reset_is_near(evidence: Evidence) -> Ruled:
    """Reset is in epoch seconds, later than now, at most an hour (and 5 s) ahead."""
    timed = [r for group in readings(evidence).values() for r in group if r.now is not None]
    wrong = tuple(
        Finding("RATE-12", f"X-RateLimit-Reset from {r.now:.0f} (now) to {r.now + AHEAD:.0f}", str(r.reset), r.exchange)
        for r in timed
        if r.now is not None and not r.now - 1 <= r.reset <= r.now + AHEAD
    )
    return Ruled(frozenset({"RATE-12"} if timed else ()), wrong)


def reset_does_not_move(evidence: Evidence) -> Ruled:
    """While a window is open, every response tells the same reset, within 2 s."""
    judged, findings = False, []
    for before, after in _pairs(evidence):
        if _window_may_have_ended(before, after):
            continue
        judged = True
        if abs(after.reset - before.reset) > STEADY:
            findings.append(
                _finding("RATE-13", f"X-RateLimit-Reset {before.reset} as in the response before", after, after.reset)
            )
    return Ruled(frozenset({"RATE-13"} if judged else ()), tuple(findings))


def remaining_counts(evidence: Evidence) -> Ruled:
    """Between calls that do not overlap, Remaining falls by one for each accepted call, and never rises."""
    judged, findings = _counted(evidence, lambda call: call.account)
    if findings and not _counted(evidence, lambda call: f"{call.account} {call.operation}")[1]:
        # Each operation's calls count rightly by themselves: there is a budget for each.
        findings = [replace(finding, requirement="RATE-8") for finding in findings]
    rises = [finding for finding in findings if finding.requirement == "RATE-10"]
    return Ruled(frozenset(judged), tuple(rises or findings))


def _counted(evidence: Evidence, budget: Budget) -> tuple[set[str], list[Finding]]:
    """Judge each pair of successive responses that draw on the same budget."""
    judged, findings = set[str](), list[Finding]()
    for before, after in _pairs(evidence, budget):
        if _window_may_have_ended(before, after) or abs(after.reset - before.reset) > STEADY:
            continue
        judged.add("RATE-10")
        if after.remaining > before.remaining:
            expected = f"X-RateLimit-Remaining at most {before.remaining}, as in the response before"
            findings.append(_finding("RATE-10", expected, after, after.remaining))
            continue
        drawn = budget(after.exchange)
        calls = [e for e in evidence if budget(e) == drawn or _slipped_in(e)]
        least, most = _calls_between(before, after, calls)
        least = min(least, before.remaining)
        if least:
            judged |= {"RATE-9"} | ({"RATE-8"} if before.exchange.operation != after.exchange.operation else set())
        if not least <= before.remaining - after.remaining <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            told = f"the {before.remaining} that {before.exchange.told} told before"
            expected = f"X-RateLimit-Remaining lower by {wanted} than {told}"
            findings.append(_finding("RATE-9", expected, after, after.remaining))
    return judged, findings


def _finding(requirement: str, expected: str, reading: Reading, received: int) -> Finding:
    return Finding(requirement, expected, str(received), reading.exchange)


def _pairs(evidence: Evidence, budget: Budget = attrgetter("account")) -> Iterator[tuple[Reading, Reading]]:
    """Successive responses that draw on one budget and did not overlap in time."""
    groups: dict[str, list[Reading]] = defaultdict(list)
    for reading in (r for group in readings(evidence).values() for r in group):
        groups[budget(reading.exchange)].append(reading)
    for group in groups.values():
        for before, after in pairwise(sorted(group, key=lambda r: r.exchange.ended)):
            if after.exchange.started >= before.exchange.ended:
                yield before, after


def _window_may_have_ended(before: Reading, after: Reading) -> bool:
    """The old reset has come (give or take 2 s), or there is no way to tell."""
    return after.now is None or after.now >= before.reset - STEADY


def _calls_between(before: Reading, after: Reading, calls: list[Exchange]) -> tuple[int, int]:
    """The least and the most calls that may have been counted after `before` was and up to `after`."""
    least = most = 0
    for call in calls:
        if call is before.exchange or call.ended <= before.exchange.started or call.started >= after.exchange.ended:
            continue
        certain = call is after.exchange or (
            call.started >= before.exchange.ended and call.ended <= after.exchange.started
        )
        most += 1
        least += certain and not _slipped_in(call) and 200 <= call.status < 300
    return least, most


def _slipped_in(call: Exchange) -> bool:
    """Sent without a valid key and yet not refused: there is no telling whose window it was counted in."""
    return bool(call.operation) and not call.account and call.status != UNAUTHORIZED


def retry_after_only_on_429(evidence: Evidence) -> Ruled:
    """Retry-After stands on no other response of the API."""
    answered = [e for e in evidence if e.operation and e.response and e.status != TOO_MANY and e.status < 500]
    wrong = tuple(
        Finding("RATE-17", f"no Retry-After on a {e.status}", f"Retry-After: {e.header('retry-after')}", e)
        for e in answered
        if e.header("retry-after") is not None
    )
    return Ruled(frozenset({"RATE-17"} if answered else ()), wrong)


def headers_on_401(evidence: Evidence) -> Ruled:
    """SHOULD: the three headers stand on a 401 too."""
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    refused = [e for e in evidence if e.operation and e.status == 401]
    wrong = tuple(
        Finding("RATE-29", f"{name} on a 401", "none", e) for e in refused for name in names if e.header(name) is None
    )
    return Ruled(frozenset({"RATE-29"} if refused else ()), wrong)
