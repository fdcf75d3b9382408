"""Servers that retry differently from the reference, and are right."""

import asyncio
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.interim import interim_becomes
from conformance.faults.verbs import Proper, around, change_rules, on_result
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.sender import Reply

Sent = tuple[asyncio.Future[Any], asyncio.Future[Reply]]
"""A request under way, and the header block of its answer."""


def _jitter(service: Service, factor: float, plus: float) -> None:
    change_rules(service, retry_delays=tuple(delay * factor + plus for delay in service.parts.rules.retry_delays))


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
    """Gaps are counted from the start of an attempt: after a timeout the next comes that much earlier."""
    clock, taken = service.parts.clock, dict[str, float]()

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        began = clock.now()
        reply: Reply | None = await proper(one)
        taken["last"] = clock.now() - began
        return reply

    def delay_before(delay: float | None, _: int) -> float | None:
        return max(delay - taken.get("last", 0), 0) if delay else delay

    around(service.dispatcher, "attempt", attempt)
    on_result(service.parts.schedule, "delay_before", delay_before)


def _sends(service: Service, ends: Callable[[Sent], set[asyncio.Future[Any]]]) -> None:
    """An attempt is over, and its connection closed, when one of these comes, or in the end the timeout."""
    sender, clock = service.parts.sender, service.parts.clock

    async def attempt(_: Proper, one: Attempt) -> Reply | None:
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        post = asyncio.ensure_future(sender.post(one.url, one.headers, one.body, reply))
        timer, awaited = clock.timer(service.parts.rules.delivery_timeout), ends((post, reply))
        await asyncio.wait({timer, *awaited}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        came = any(one.done() for one in awaited)
        post.cancel()
        await asyncio.gather(post, return_exceptions=True)
        return reply.result() if came and reply.done() else None

    around(service.dispatcher, "attempt", attempt)


@permitted("R30")
def an_interim_answer_is_a_failure(service: Service) -> None:
    """As the fetch of Node.js has it: a 100 that was not asked for ends the request as an error."""
    interim_becomes(service, 500)


@permitted("R30")
def the_whole_answer_must_come(service: Service) -> None:
    """A 2xx whose body does not come in time is a failure here."""
    _sends(service, lambda sent: {sent[0]})


@permitted("R30")
def answers_are_not_read(service: Service) -> None:
    """The connection is closed as soon as the header block has come: what else a receiver says is never seen."""
    _sends(service, lambda sent: {*sent})
