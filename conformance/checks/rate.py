"""The arithmetic of the rate-limit headers, over all traffic of a key (the documentation, rate limits; R4 to R7)."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.table import judges
from conformance.checks.windows import (
    AHEAD,
    LIMIT,
    STEADY,
    UNAUTHORIZED,
    WINDOW,
    Budget,
    Calls,
    Reading,
    by_key,
    limited,
    readings,
    windows,
)
from conformance.contract import load
from conformance.evidence.blame import TOO_MANY
from conformance.evidence.symptom import Symptom

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
STRADDLING = 60
"""Seconds of the target that a call which began before the reset, and was answered after it, may show it late."""


def _separate() -> Iterator[Budget]:
    """Budgets of operations in place of one for all: each has its own, or one of them has."""
    yield lambda call: (call.account, call.operation)
    yield from map(_apart, load().keyed)


def _apart(operation: str) -> Budget:
    return lambda call: (call.account, operation if call.operation == operation else limited(call))


@judges("RATE-12", spoilt=True)
def reset_is_near(evidence: Evidence) -> Ruled:
    """Reset is in epoch seconds, later than now, at most an hour (and 5 s) ahead."""
    judged, findings = False, []
    for group in readings(evidence).values():
        promised = set[int]()
        for reading in group:
            if reading.now is None:
                continue
            judged = True
            late = reading.now - reading.reset
            if late > 1 and _straddles(reading, late, promised) and not _known_to_be_over(reading, group):
                continue
            if late > 1 or -late > AHEAD:
                expected = f"X-RateLimit-Reset from {reading.now:.0f} (now) to {reading.now + AHEAD:.0f}"
                findings.append(_finding("RATE-12", expected, reading, reading.reset))
            elif late < 0:
                promised.add(reading.reset)
    return Ruled(frozenset({"RATE-12"} if judged else ()), tuple(findings))


def _straddles(reading: Reading, late: float, promised: set[int]) -> bool:
    """On a clock that runs, Date may be later than the reset that was to come when the call was counted."""
    known = any(abs(reading.reset - reset) <= STEADY for reset in promised)
    return reading.exchange.clock is None and known and late <= STRADDLING


def _known_to_be_over(reading: Reading, group: list[Reading]) -> bool:
    """Before the call began, another answer had come that was later than the reset."""
    earlier = (other for other in group if other.exchange.ended <= reading.exchange.started)
    return any(other.now is not None and other.now > reading.reset + STEADY for other in earlier)


@judges("RATE-8", "RATE-13", spoilt=True)
def reset_does_not_move(evidence: Evidence) -> Ruled:
    """While a window is open, every response tells the reset that the first one told, within 2 s."""
    judged, findings = _moved(evidence, by_key)
    if findings and any(not _moved(evidence, budget)[1] for budget in _separate()):
        # Each operation has windows of its own, which open at different times.
        findings = [replace(finding, requirement="RATE-8") for finding in findings]
    return Ruled(frozenset({"RATE-13"} if judged else ()), tuple(findings))


def _moved(evidence: Evidence, budget: Budget) -> tuple[bool, list[Finding]]:
    judged, findings = False, list[Finding]()
    for group in readings(evidence, budget).values():
        for first, *later in (window for window in windows(group) if window[0].proper):
            judged |= bool(later)
            expected = f"X-RateLimit-Reset {first.reset}, as {first.exchange.told} told in the same window"
            findings += [
                _finding("RATE-13", expected, reading, reading.reset)
                for reading in later
                if reading.now is not None and abs(reading.reset - first.reset) > STEADY
            ]
    return judged, findings


@judges("RATE-8", "RATE-9", "RATE-10", spoilt=True)
def remaining_counts(evidence: Evidence) -> Ruled:
    """Between calls that do not overlap, Remaining falls by one for each accepted call, and never rises."""
    judged, findings = _counted(evidence, by_key)
    if findings and (cause := _cause(evidence)):
        findings = [replace(finding, requirement=cause) for finding in findings]
    rises = [finding for finding in findings if finding.requirement == "RATE-10"]
    return Ruled(frozenset(judged), tuple(rises or findings))


def _cause(evidence: Evidence) -> str:
    """The requirement that explains wrong counts: budgets that count rightly by themselves, but are not a key's."""
    if any(not _counted(evidence, budget)[1] for budget in _separate()):
        return "RATE-8"
    keys = {call.account for call in evidence if call.account}
    return "RATE-7" if len(keys) > 1 and not _counted(evidence, lambda _: "all keys")[1] else ""


def _counted(evidence: Evidence, budget: Budget) -> tuple[set[str], list[Finding]]:
    """Judge the counts of each budget."""
    judged, findings = set[str](), list[Finding]()
    for drawn, group in readings(evidence, budget).items():
        calls = Calls(evidence, drawn, budget)
        # A window whose reset is wrong (RATE-12) cannot be told from the next.
        for window in (found for found in windows(group) if found[0].now is None or found[0].proper):
            for before, after in _pairs(window, calls):
                judged |= _judgeable(before, after, calls)
                findings += _miscounted(before, after, calls)
    return judged, findings


def _pairs(window: list[Reading], calls: Calls) -> Iterator[tuple[Reading, Reading]]:
    """Responses, each with the last that had come before it began; calls that were alone with the one alone before."""
    solitary: Reading | None = None
    for place, after in enumerate(window):
        earlier = (r for r in reversed(window[:place]) if r.exchange.ended <= after.exchange.started)
        before = next(earlier, None)
        alone = calls.alone(after)
        pairs = {id(r): r for r in (before, solitary if alone else None) if r is not None}
        for found in pairs.values():
            if abs(after.reset - found.reset) <= STEADY:
                yield found, after
        solitary = after if alone else solitary


def _judgeable(before: Reading, after: Reading, calls: Calls) -> set[str]:
    least, _ = calls.between(before, after)
    crossing = before.exchange.operation != after.exchange.operation
    return {"RATE-10"} | ({"RATE-9"} if least > 0 else set()) | ({"RATE-8"} if least > 0 and crossing else set())


def _miscounted(before: Reading, after: Reading, calls: Calls) -> list[Finding]:
    told = f"the {before.remaining} that {before.exchange.told} told before"
    least, most = calls.between(before, after)
    if after.remaining > before.remaining - min(least, 0):
        return [_finding("RATE-10", f"X-RateLimit-Remaining at most {told}", after, after.remaining, before)]
    least = min(least, before.remaining)  # calls beyond the quota are another requirement's (RATE-6)
    if least <= before.remaining - after.remaining <= most:
        return []
    wanted = f"{least}" if least == most else f"{least} or more" if most >= LIMIT else f"{least} to {most}"
    return [_finding("RATE-9", f"X-RateLimit-Remaining lower by {wanted} than {told}", after, after.remaining, before)]


@judges("RATE-8", "RATE-14", "RATE-15", spoilt=True)
def windows_follow(evidence: Evidence) -> Ruled:
    """Once a reset has passed, the whole quota is there again, and the next reset is an hour after it.

    Claims nothing for RATE-14 where it finds nothing: that an untouched quota is restored proves little.
    """
    judged, findings = _followed(evidence, by_key)
    if findings and any(not _followed(evidence, budget)[1] for budget in _separate()):
        # Each operation has windows of its own, which end at different times.
        findings = [replace(finding, requirement="RATE-8") for finding in findings]
    return Ruled(frozenset({"RATE-15"} if judged else ()), tuple(findings))


def _followed(evidence: Evidence, budget: Budget) -> tuple[bool, list[Finding]]:
    judged, findings = False, list[Finding]()
    for drawn, group in readings(evidence, budget).items():
        calls = Calls(evidence, drawn, budget)
        for old, new in pairwise(windows(group)):
            if after := next((reading for reading in new if _follows(old[0], reading)), None):
                judged = True
                findings += _wrong_successor(old, after, calls)
    return judged, findings


def _follows(old: Reading, new: Reading) -> bool:
    return old.proper and new.proper and new.now is not None and new.now > old.reset + STEADY


def _wrong_successor(old: list[Reading], new: Reading, calls: Calls) -> Iterator[Finding]:
    reset = old[0].reset
    if new.reset < reset + WINDOW - 5:
        yield _finding("RATE-15", f"X-RateLimit-Reset at least {reset + WINDOW - 5}, the last one was {reset}", new,
                       new.reset, old[-1])  # fmt: skip
    last = old[-1].exchange
    if last.part != new.exchange.part:  # others may have used the key while the run was interrupted
        return
    used = sum(call is not last for call in calls.during(last.started, new.exchange.ended, last.clock))
    if new.remaining < LIMIT - used:
        expected = f"X-RateLimit-Remaining at least {LIMIT - used}, the reset {reset} having passed"
        yield _finding("RATE-14", expected, new, new.remaining, old[-1])


def _finding(
    requirement: str, expected: str, reading: Reading, received: int, before: Reading | None = None
) -> Finding:
    beside, (name, _, due) = (before.exchange,) if before else (), expected.partition(" ")
    symptom = Symptom(f"header {name}", due, str(received))
    return Finding(requirement, expected, str(received), reading.exchange, beside, symptom)


@judges("RATE-17", spoilt=True)
def retry_after_only_on_429(evidence: Evidence) -> Ruled:
    """Retry-After stands on no other response of the API. A 5xx may be the infrastructure's."""
    answered = [e for e in evidence if limited(e) and e.response and e.status != TOO_MANY]
    own = [e for e in answered if e.status < 500]
    wrong = tuple(
        Finding(
            "RATE-17",
            f"no Retry-After on a {e.status}",
            f"Retry-After: {e.header('retry-after')}",
            e,
            symptom=Symptom("header Retry-After", "no header Retry-After"),
        )
        for e in own
        if e.header("retry-after") is not None
    )
    return Ruled(frozenset({"RATE-17"} if own else ()), wrong)


@judges("RATE-29", spoilt=True)
def headers_on_401(evidence: Evidence) -> Ruled:
    """SHOULD: the three headers stand on a 401 too."""
    refused = [e for e in evidence if limited(e) and e.status == UNAUTHORIZED]
    wrong = tuple(
        Finding("RATE-29", f"{name} on a 401", "none", e, symptom=Symptom(f"header {name}", "on a 401", "nothing"))
        for e in refused
        for name in HEADERS
        if e.header(name) is None
    )
    return Ruled(frozenset({"RATE-29"} if refused else ()), wrong)
