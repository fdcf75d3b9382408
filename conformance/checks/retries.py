"""The schedule of attempts: how often, and how far apart (R30, R31). Times are seconds of the target's clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.checks.agreement import gaps_agree, is_quiet, repeats_agree, slow_ones_agree, stops_agree
from conformance.contract import documented
from conformance.counted import counted
from conformance.errors import Inconclusive
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from conformance.evidence.symptom import Symptom

MOST_ATTEMPTS, GAPS, TIMEOUT = documented().attempts, documented().retry_seconds, documented().attempt_seconds
AT_ONCE = 1.0
"""Seconds within which what waited for something else begins after it."""
FIRST_ATTEMPT = 60.0
"""Seconds of the target's time by which a first attempt should have come (R36)."""


@dataclass(frozen=True)
class Bounds:
    """How early and how late a retry may come: 5 % and 1 s, 50 % and 60 s."""

    gap: float

    @property
    def least(self) -> float:
        return self.gap * 0.95 - 1

    @property
    def most(self) -> float:
        return self.gap * 1.5 + 60


LONGEST = sum(Bounds(gap).most for gap in GAPS)
"""By then, after the first attempt, the fourth has come."""


MOST_UNRELATED = 2
"""Each may fail twice while a port is closed, and its own delivery twice: together they stay below eight."""


def failed(attempt: Attempt) -> bool:
    """Whether the attempt was a failure for the sender (R30); one still under way is not."""
    if attempt.ended is None:
        return False
    return not (attempt.took < TIMEOUT and 200 <= attempt.ended.status < 300)


def in_words(attempt: Attempt) -> str:
    """As the subject of a sentence: "attempt 1, answered 429,"; a comma follows."""
    answer = attempt.answer.partition(" to ")[0].replace(": ", " with ")
    if answer in {"stall", ""}:
        answer = "never answered"
    elif not answer.startswith("reset"):
        answer = f"answered {answer}"
    return f"attempt {attempt.number}, {answer},"


def cause(attempt: Attempt) -> str:
    """The requirement that says that this failure is retried."""
    status, ended = attempt.ended.status if attempt.ended else 0, attempt.ended
    if ended is not None and ended.how == "reset":
        return "RETRY-10"
    by_class = {2: "RETRY-3", 3: "RETRY-5", 4: "RETRY-7", 5: "RETRY-8"}
    return by_class.get(status // 100, "RETRY-4" if attempt.answer == "stall" else "RETRY-3")


def is_retried(delivery: Delivery, requirement: str, most: int = MOST_ATTEMPTS, peers: Sequence[Delivery] = ()) -> None:
    """Every failing answer that the endpoint had planned was followed by another attempt.

    `most` is how many attempts any delivery of the run had: where all end there, or the failure that was not followed
    up is another requirement's, raises Inconclusive. So it does where answers of ours came too late for the target, so
    that it may have switched the endpoint off, unless others of the run, `peers`, show the same.
    """
    if _stopped_short(delivery, most) == requirement:
        alike = [peer for peer in peers if _lacks_an_attempt(peer, most) == requirement]
        if delivery.late_answers and not stops_agree(alike, peers):
            raise _switched_off(delivery)
        raise Nonconformity(
            f"{delivery.planned} attempts or more, since all but the last fail", delivery.timeline, delivery.generate,
            attempt=delivery.attempts[-1], symptom=Symptom(in_words(delivery.attempts[-1]), "retried", "not retried"),
        )  # fmt: skip
    goes_on(delivery, most)


def _switched_off(delivery: Delivery) -> Inconclusive:
    return Inconclusive(
        "at this clock scale the receiver may miss the 5 s timeout, and after eight failures in a row an "
        f"endpoint is switched off: {delivery.timeline}"
    )


def repeated_though_taken(attempts: Iterable[Attempt]) -> bool:
    """Whether an attempt followed one of the same delivery that had been answered 2xx."""
    taken = {(a.generation, a.number) for a in attempts if a.ended and 200 <= a.ended.status < 300}
    return any((a.generation, a.number - 1) in taken for a in attempts)


def goes_on(delivery: Delivery, most: int = MOST_ATTEMPTS) -> None:
    """Raises Inconclusive where an attempt is missing, for whoever judges the attempts that come after a failure."""
    if root := _stopped_short(delivery, most):
        raise Inconclusive(f"depends on a further attempt, which did not come: {delivery.timeline}", root=root)


def _stopped_short(delivery: Delivery, most: int) -> str:
    """The requirement that asked for the attempt that is missing; empty where none is."""
    _ = delivery.first
    delivery.must_be_told_apart()
    return _lacks_an_attempt(delivery, most)


def _lacks_an_attempt(delivery: Delivery, most: int) -> str:
    """The same of a delivery that may not have come; a port that was closed hides attempts."""
    count = len(delivery.attempts)
    if not count or count >= delivery.planned:
        return ""
    return "RETRY-11" if count >= most else cause(delivery.attempts[-1])


def ends(delivery: Delivery, *, margin: float = TIMEOUT, peers: Sequence[Delivery] = ()) -> None:
    """The 2xx that the endpoint planned to end with was the last that came.

    `margin` is how far, in seconds, the answer stays within the timeout: where noise is larger, a retry is no proof
    unless others of the run, `peers`, show the same.
    """
    delivery.must_be_told_apart()
    if len(delivery.attempts) <= delivery.planned:
        goes_on(delivery)
        return
    slow = margin < TIMEOUT
    agree = slow_ones_agree(delivery, peers, margin) if slow else repeats_agree(delivery, peers)
    doubtful = delivery.noise >= margin and not agree
    if doubtful or not _in_time(delivery.attempts[delivery.planned - 1]):
        raise Inconclusive(
            f"a retry came, but on a clock this fast {delivery.noise:g} s of the target's time may be noise"
        )
    raise Nonconformity(
        f"{counted(delivery.planned, 'attempt')}, since the last was answered 2xx in time",
        delivery.timeline, delivery.generate,
        attempt=delivery.attempts[delivery.planned],
        symptom=Symptom(in_words(delivery.attempts[delivery.planned - 1]), "not repeated", "repeated"),
    )  # fmt: skip


def control(delivery: Delivery, requirement: str) -> None:
    """Raises Inconclusive (`requirement`) when a delivery went on although its endpoint had taken it at once."""
    delivery.must_be_told_apart()
    if len(delivery.attempts) > delivery.planned:
        raise Inconclusive(f"depends on deliveries that end with a 2xx at once: {delivery.timeline}", root=requirement)


def _in_time(attempt: Attempt) -> bool:
    return attempt.took < TIMEOUT - 0.5


def stays_within(delivery: Delivery, most: int = MOST_ATTEMPTS) -> None:
    """There were no more attempts than this."""
    delivery.must_be_told_apart()
    if len(delivery.attempts) > most:
        raise Nonconformity(
            f"at most {counted(most, 'attempt')}", delivery.timeline, delivery.generate,
            attempt=delivery.attempts[most],
            symptom=Symptom("the number of attempts of a delivery", f"{most} at most", str(len(delivery.attempts))),
        )  # fmt: skip


def keeps_the_gap(deliveries: Sequence[Delivery], number: int) -> None:
    """Retry `number` (1 to 3) comes when it should, counted from the start or the end of the attempt before it.

    Raises Inconclusive when no delivery got so far, or noise explains the deviation.
    """
    bounds = Bounds(GAPS[number - 1])
    seen = [_Gap(d, d.attempts[number - 1], d.attempts[number]) for d in deliveries if len(d.attempts) > number]
    seen = [gap for gap in seen if failed(gap.before)]
    if not seen:
        raise Inconclusive(f"depends on a retry {number}, which did not come", root="RETRY-11")
    for gap in seen:
        gap.delivery.must_be_told_apart()
    quiet = is_quiet(deliveries)
    for gap in seen:
        _judge_gap(gap, bounds, seen if quiet else [], quiet=quiet)


def gaps(before: Attempt, after: Attempt) -> tuple[float, float]:
    """From the end and from the start of one attempt to the start of the next."""
    ended = before.ended.at.target if before.ended else before.arrived.target
    return after.arrived.target - ended, after.arrived.target - before.arrived.target


@dataclass(frozen=True)
class _Gap:
    delivery: Delivery
    before: Attempt
    after: Attempt

    @property
    def generation(self) -> str:
        return self.before.generation

    def beyond(self, bounds: Bounds, begun: float | None = None) -> tuple[float, float]:
        """By how much it is too short, and too long. What counts from a start may count from `begun`."""
        from_end, from_start = gaps(self.before, self.after)
        start = self.before.arrived.target
        return bounds.least - from_start - (start - (start if begun is None else begun)), from_end - bounds.most


def _judge_gap(gap: _Gap, bounds: Bounds, others: Sequence[_Gap], *, quiet: bool) -> None:
    delivery, (from_end, from_start) = gap.delivery, gaps(gap.before, gap.after)
    beyond = max(gap.beyond(bounds))
    if beyond <= 0:
        return
    if beyond <= delivery.noise and not _agree(gap, bounds, others):
        raise Inconclusive(f"a gap of {from_start:.1f} s, which this machine's noise may explain: {delivery.timeline}")
    all_seen = quiet and len(delivery.attempts) == MOST_ATTEMPTS  # so that there was no other between them
    if delivery.late_answers and not all_seen and bounds.least + TIMEOUT < from_start:
        raise Inconclusive(
            f"a gap of {from_start:.1f} s, in which an attempt may have been given up before the receiver saw it: "
            f"{delivery.timeline}"
        )
    due, before = f"{bounds.gap:g} s ({bounds.least:g} s to {bounds.most:g} s)", gap.before
    came = f"{from_start if from_start < bounds.least else from_end:.1f} s"
    what = f"the time between attempt {before.number} ({before.answer}) and attempt {gap.after.number}"
    raise Nonconformity(
        f"a retry {due.replace(' s ', ' s after the attempt before it ', 1)}",
        f"{from_start:.1f} s after its start and {from_end:.1f} s after its end: {delivery.timeline}",
        delivery.generate,
        attempt=gap.after,
        symptom=Symptom(what, due, came),
    )


def _agree(gap: _Gap, bounds: Bounds, seen: Sequence[_Gap]) -> bool:
    """Whether other gaps of the run are too short, or too long, like this one.

    A burst of deliveries takes its time to be sent: what is too short is so even from the beginning of its burst.
    """
    begun: dict[str, float] = {}
    for one in seen:
        begun[one.generation] = min(begun.get(one.generation, float("inf")), one.before.arrived.target)
    side = int(gap.beyond(bounds)[1] > 0)
    measured = ((one.generation, one.beyond(bounds, begun[one.generation])[side]) for one in seen)
    return gaps_agree([(generation, by) for generation, by in measured if by > 0], len(begun))


def overlap(slow: Iterable[Delivery], others: Sequence[Delivery]) -> bool:
    """Whether any other delivery began while the first attempt of a slow one was not over: nothing waits for it."""
    return any(
        other is not one and _within(one.first, other.first.arrived.target)
        for one in slow
        for other in others
        if other.came
    )


def queued_behind(slow: Iterable[Delivery], others: Sequence[Delivery]) -> bool:
    """Whether any other delivery began as soon as the first attempt of a slow one was over, as in a queue.

    First attempts may be spread over a minute (R36): that they came one after the other shows no queue by itself.
    """
    return any(
        other is not one and 0 <= other.first.arrived.target - one.first.over <= AT_ONCE + other.noise
        for one in slow
        for other in others
        if other.came
    )


def _within(attempt: Attempt, moment: float, edge: float = 0.5) -> bool:
    return attempt.arrived.target + edge < moment < attempt.over - edge


def comes_back(delivery: Delivery, unrelated: int) -> None:
    """The delivery is tried again once its port, which refused connections for a while, takes them.

    Raises Nonconformity, or Inconclusive where deliveries of other generations (`unrelated`) may have failed there so
    often that the endpoint was switched off.
    """
    came = len(delivery.attempts)
    if came >= delivery.planned:
        return
    if unrelated > MOST_UNRELATED:
        raise Inconclusive(
            f"{unrelated} other deliveries met the closed port too, and may have had the endpoint switched off"
        )
    if delivery.late_answers:
        raise _switched_off(delivery)
    raise Nonconformity(
        f"at least {delivery.planned} attempts at {delivery.place}, once it took connections",
        str(came),
        delivery.generate,
        attempt=delivery.attempts[-1] if came else None,
        symptom=Symptom("an attempt whose connection was refused", "retried", "not retried"),
    )
