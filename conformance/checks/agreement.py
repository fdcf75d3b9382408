"""What noise may explain on a clock that runs by itself and fast, and what it does not.

There the target's five seconds are a few hundredths of ours, and a busy machine takes as much from any one attempt. It
does not take it from every attempt of one kind, at several moments, and leave the others of the same run alone. So one
attempt is in doubt, and several that agree, against controls that behave, are proof. Seconds are the target's.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from conformance.contract import documented
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Delivery

MOST_ATTEMPTS, TIMEOUT = documented().attempts, documented().attempt_seconds
ENOUGH = 3
"""Attempts or deliveries that agree."""
MANY = 5
"""Deliveries that agree although all of it may have happened at one moment."""
UNLIKELY = 2e-3
"""How likely noise may be to explain what is taken for proof."""
DISTURBED = 0.1
"""The part of the controls from which on the run is too noisy for any proof."""
PROMPT = 0.5
"""An answer that takes longer than this is no answer at once."""


@dataclass(frozen=True)
class Taken:
    """An attempt that the receiver answered 2xx at once, and whether the delivery went on nevertheless."""

    status: int
    number: int
    repeated: bool

    @property
    def on_a_retry(self) -> bool:
        return self.number > 1


def taken(deliveries: Iterable[Delivery]) -> list[Taken]:
    """All of them but last attempts, which nothing follows."""
    return [
        Taken(attempt.ended.status, number, number < len(delivery.attempts))
        for delivery in deliveries
        for number, attempt in enumerate(delivery.attempts, 1)
        if number < MOST_ATTEMPTS and attempt.ended and attempt.ended.how == "answered"
        if 200 <= attempt.ended.status < 300 and attempt.took < PROMPT
    ]


def repeats_agree(delivery: Delivery, peers: Sequence[Delivery]) -> bool:
    """Whether what the delivery was answered last, or when, is repeated every time, and other answers are not.

    Its kind is its status, or that it is answered to a retry.
    """
    place, attempts = delivery.planned, delivery.attempts
    ended = attempts[place - 1].ended if place <= len(attempts) else None
    if ended is None:
        return False
    seen = taken(peers)
    return _is_a_kind(seen, lambda one: one.status, ended.status) or _is_a_kind(
        seen, lambda one: one.on_a_retry, place > 1
    )


def _is_a_kind(seen: Sequence[Taken], kind: Callable[[Taken], Hashable], wanted: Hashable) -> bool:
    """Whether all of this kind were repeated, and nearly none of the rest; what else is always repeated is no control.

    A server that takes 200 alone repeats 201, 202 and 204 alike.
    """
    kinds = {key: [one for one in seen if kind(one) == key] for key in {kind(one) for one in seen}}
    rest = [one for ones in kinds.values() for one in ones if not all(one.repeated for one in ones)]
    return wanted in kinds and _agree(kinds[wanted]) and _unlikely(len(kinds[wanted]), rest)


def _agree(ones: Sequence[Taken]) -> bool:
    moments = {one.number for one in ones}
    return len(ones) >= ENOUGH and len(moments) > 1 and all(one.repeated for one in ones)


def _unlikely(times: int, controls: Sequence[Taken]) -> bool:
    """Whether the noise that the controls show is too little to have struck so many times in a row."""
    struck = sum(one.repeated for one in controls)
    chance = (struck + 1) / (len(controls) + 2)
    return are_left_alone(controls) and bool(chance**times <= UNLIKELY)


def are_left_alone(controls: Sequence[Taken]) -> bool:
    """Whether enough of what was taken at once was not repeated, so that the run is quiet."""
    struck = sum(one.repeated for one in controls)
    return len(controls) - struck >= ENOUGH and struck <= DISTURBED * len(controls)


def slow_ones_agree(delivery: Delivery, peers: Sequence[Delivery], margin: float) -> bool:
    """Whether answers that leave `margin` seconds of the timeout are always too late, and answers at once are not.

    How far the target's timeout is from what it should be, or noise has moved it, is seen where the target hung up: all
    of these moments lie on the same side of the middle of the margin.
    """
    answer, edge = delivery.attempts[delivery.planned - 1].answer, TIMEOUT - margin / 2
    alike = [
        (number, number < len(peer.attempts))
        for peer in peers
        for number, attempt in enumerate(peer.attempts, 1)
        if attempt.answer == answer and number < MOST_ATTEMPTS
    ]
    waits = [attempt.took for peer in peers for attempt in peer.attempts if _was_given_up(attempt)]
    steady = len(waits) >= ENOUGH and len({wait < edge for wait in waits}) == 1
    agree = len(alike) >= ENOUGH and len({number for number, _ in alike}) > 1 and all(again for _, again in alike)
    return steady and agree and are_left_alone([one for one in taken(peers) if not one.on_a_retry])


def _was_given_up(attempt: Attempt) -> bool:
    """Whether the sender left while it waited for the answer that was planned."""
    return bool(attempt.answer and attempt.ended and attempt.ended.how == "hung up" and not attempt.ended.status)


def is_quiet(peers: Iterable[Delivery]) -> bool:
    """Whether nearly nothing that was taken at once was repeated, so that the target had our answers in time."""
    return are_left_alone(taken(peers))


def stops_agree(stopped: Sequence[Delivery], peers: Sequence[Delivery]) -> bool:
    """Whether attempts are missing at so many moments, or at so many endpoints, that the target never made them.

    An endpoint that got as many as the target counts to switch it off does not count.
    """
    on = [d for d in stopped if len(d.attempts) + d.others < documented().failures]
    missing = [number for d in on for number in range(len(d.attempts) + 1, MOST_ATTEMPTS + 1)]
    return len(missing) >= ENOUGH and (len(set(missing)) > 1 or len(on) >= MANY) and is_quiet(peers)


def gaps_agree(beyond: Sequence[tuple[str, float]], bursts: int) -> bool:
    """Whether so many gaps are out of bounds on the same side, by the generation whose delivery each is of.

    What begins at the same moment may be disturbed at once: two of the generations show it, where there are two.
    """
    return len(beyond) >= ENOUGH and len({generation for generation, _ in beyond}) >= min(2, bursts)
