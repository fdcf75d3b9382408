"""Servers that retry differently from the reference, and are right."""

import asyncio

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

    async def tried(attempt: Attempt) -> Reply | None:
        began = clock.now()
        reply = await attempt_of(attempt)
        taken["last"] = clock.now() - began
        return reply

    def delay_before(number: int) -> float | None:
        delay = proper(number)
        return max(delay - taken.get("last", 0), 0) if delay else delay

    service.dispatcher.attempt = tried  # type: ignore[method-assign]
    schedule.delay_before = delay_before  # type: ignore[method-assign]


@permitted("R30")
def the_whole_answer_must_come(service: Service) -> None:
    """A 2xx whose body does not come in time is a failure here."""
    sender, clock = service.parts.sender, service.parts.clock

    async def tried(attempt: Attempt) -> Reply | None:
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        post = asyncio.ensure_future(sender.post(attempt.url, attempt.headers, attempt.body, reply))
        timer = clock.timer(service.parts.rules.delivery_timeout)
        await asyncio.wait({post, timer}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        complete = post.done()
        post.cancel()
        await asyncio.gather(post, return_exceptions=True)
        return reply.result() if complete and reply.done() else None

    service.dispatcher.attempt = tried  # type: ignore[method-assign]
