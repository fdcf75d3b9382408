"""Servers that retry differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.sender import Reply


def _jitter(service: Service, factor: float, plus: float) -> None:
    proper = service.parts.schedule.delay_before

    def delay_before(number: int) -> float | None:
        delay = proper(number)
        return delay * factor + plus if delay else delay

    service.parts.schedule.delay_before = delay_before  # type: ignore[method-assign]


@permitted("R31")
def retries_a_little_early(service: Service) -> None:
    """Jitter that shortens the gaps by four per cent."""
    _jitter(service, 0.96, 0)


@permitted("R31")
def retries_rather_late(service: Service) -> None:
    """A queue that is looked at once a minute, and jitter beside it."""
    _jitter(service, 1.45, 55)


@permitted("R31")
def gaps_from_the_start(service: Service) -> None:
    """Gaps are counted from the start of an attempt: after a timeout the next comes five seconds earlier."""
    clock, schedule = service.parts.clock, service.parts.schedule
    proper, attempt_of = schedule.delay_before, service.dispatcher.attempt
    taken: dict[str, float] = {}

    async def attempt(one: Attempt) -> Reply | None:
        began = clock.now()
        reply = await attempt_of(one)
        taken["last"] = clock.now() - began
        return reply

    def delay_before(number: int) -> float | None:
        delay = proper(number)
        return max(delay - taken.get("last", 0), 0) if delay else delay

    service.dispatcher.attempt = attempt  # type: ignore[method-assign]
    schedule.delay_before = delay_before  # type: ignore[method-assign]


@permitted("R30")
def the_whole_answer_must_come(service: Service) -> None:
    """A 2xx whose body breaks or trickles is a failure here."""
    proper = service.dispatcher.attempt

    async def attempt(one: Attempt) -> Reply | None:
        reply = await proper(one)
        if reply is None or reply.status != 200 or one.number > 1:
            return reply
        length = dict(reply.headers).get("content-length", "0")
        return None if length in {"2", "5"} and len(one.webhook.url) > 0 and _partial(reply) else reply

    def _partial(reply: Reply) -> bool:
        return dict(reply.headers).get("content-length") == "5"

    service.dispatcher.attempt = attempt  # type: ignore[method-assign]
