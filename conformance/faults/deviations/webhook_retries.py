"""Servers that retry too little, too much, too early, too late, or for the wrong reasons."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.sender import Reply
from conformance.reference.webhooks import Webhook


def _takes_for_success(service: Service, which: Callable[[int], bool]) -> None:
    """These statuses end a delivery, and those for which it does not hold are failures; 0: no answer in time."""
    service.dispatcher.is_success = lambda reply: which(reply.status if reply else 0)  # type: ignore[method-assign]


def _delays(service: Service, *delays: float) -> None:
    waits = (0.0, *delays)

    def delay_before(number: int) -> float | None:
        return waits[number - 1] if number <= len(waits) else None

    service.parts.schedule.delay_before = delay_before  # type: ignore[method-assign]


def _timeout(service: Service, seconds: float) -> None:
    service.parts.rules = service.dispatcher.parts.rules = replace(service.parts.rules, delivery_timeout=seconds)


ONLY_200 = {"RETRY-16": "some retries are answered with another 2xx"}


@breaks("RETRY-1", also=ONLY_200)
def only_200_is_success(service: Service) -> None:
    """Receivers that answer 204 get every event four times."""
    _takes_for_success(service, lambda status: status == 200)


@breaks("RETRY-1")
def an_unusual_2xx_is_a_failure(service: Service) -> None:
    """Of the 2xx only the well-known are listed."""
    _takes_for_success(service, lambda status: 200 <= status <= 208)


@breaks("RETRY-1", also=ONLY_200)
def no_content_is_a_failure(service: Service) -> None:
    """An answer without a body is taken for a broken one."""
    _takes_for_success(service, lambda status: status // 100 == 2 and status != 204)


@breaks("RETRY-2")
def timeout_of_three_seconds(service: Service) -> None:
    """Receivers that take 3.5 s get everything four times."""
    _timeout(service, 3.0)


@breaks("RETRY-3")
def timeout_of_ten_seconds(service: Service) -> None:
    """A slow receiver holds the sender's connections twice as long as documented."""
    _timeout(service, 10.0)


@breaks("RETRY-3", "RETRY-4")
def a_timeout_is_not_retried(service: Service) -> None:
    """Events are lost whenever a receiver hangs."""
    proper = service.dispatcher.attempt
    clock = service.parts.clock

    async def tried(attempt: Attempt) -> Reply | None:
        began = clock.now()
        reply = await proper(attempt)
        return Reply(200, ()) if reply is None and clock.now() - began >= 5 else reply

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("RETRY-3")
def a_byte_in_time_is_enough(service: Service) -> None:
    """The timeout is between bytes: a header block that trickles is waited for."""
    sender, clock = service.parts.sender, service.parts.clock
    connect = sender._connect  # noqa: SLF001 - bytes are seen nowhere else
    pieces: ContextVar[list[int]] = ContextVar("pieces")

    async def counting(where: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await connect(where)
        read = reader.read

        async def counted(size: int) -> bytes:
            chunk = await read(size)
            pieces.get().append(len(chunk))
            return chunk

        reader.read = counted  # type: ignore[method-assign,assignment]
        return reader, writer

    async def tried(attempt: Attempt) -> Reply | None:
        seen: list[int] = []
        pieces.set(seen)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        post = asyncio.ensure_future(sender.post(attempt.url, attempt.headers, attempt.body, reply))
        before = -1
        while not post.done() and not reply.done() and len(seen) > before:
            before, timer = len(seen), clock.timer(5)
            waiting: list[asyncio.Future[Any]] = [post, reply, timer]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        if not reply.done():
            post.cancel()
        await asyncio.gather(post, return_exceptions=True)
        return reply.result() if reply.done() else None

    sender._connect = counting  # type: ignore[method-assign]  # noqa: SLF001
    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("RETRY-5")
def a_redirect_is_success(service: Service) -> None:
    """A receiver that has moved never learns what it missed."""
    _takes_for_success(service, lambda status: 200 <= status < 400)


@breaks("RETRY-5")
def a_permanent_redirect_is_success(service: Service) -> None:
    """308 is taken for an acknowledgement."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status == 308)


@breaks("RETRY-6")
def redirects_are_followed(service: Service) -> None:
    """A signed event goes wherever a redirect points, inside the sender's network too."""
    _follows(service, frozenset({301, 302, 303, 307, 308}))


@breaks("RETRY-6")
def some_redirects_are_followed(service: Service) -> None:
    """The client follows those redirects that keep the method."""
    _follows(service, frozenset({307, 308}))


def _follows(service: Service, statuses: frozenset[int]) -> None:
    sender = service.parts.sender
    proper = service.dispatcher.attempt

    async def tried(attempt: Attempt) -> Reply | None:
        reply = await proper(attempt)
        if reply is None or reply.status not in statuses:
            return reply
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await sender.post(dict(reply.headers)["location"], attempt.headers, attempt.body, answer)
        return answer.result()

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("RETRY-7")
def a_4xx_is_final(service: Service) -> None:
    """A deployment that answers 404 for a minute loses that minute's events."""
    _takes_for_success(service, lambda status: status // 100 in {2, 4})


@breaks("RETRY-7")
def gone_is_final(service: Service) -> None:
    """410 ends a delivery."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status == 410)


@breaks("RETRY-7")
def too_many_requests_is_final(service: Service) -> None:
    """429 ends a delivery: a receiver that throttles loses events."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status == 429)


@breaks("RETRY-8")
def a_5xx_is_final(service: Service) -> None:
    """The commonest failure of all is not retried."""
    _takes_for_success(service, lambda status: status // 100 in {2, 5})


@breaks("RETRY-8")
def not_implemented_is_final(service: Service) -> None:
    """501 ends a delivery."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status == 501)


def _swallows(service: Service, kind: type[OSError]) -> None:
    """An attempt that ends with this error counts as delivered."""
    sender = service.parts.sender
    proper = sender.post

    async def post(url: str, headers: tuple[tuple[str, str], ...], body: bytes, reply: "asyncio.Future[Reply]") -> None:
        try:
            await proper(url, headers, body, reply)
        except kind:
            if not reply.done():
                reply.set_result(Reply(200, ()))

    sender.post = post  # type: ignore[method-assign]


@breaks("RETRY-9")
def a_refused_connection_is_final(service: Service) -> None:
    """Events are lost whenever a receiver restarts."""
    _swallows(service, ConnectionRefusedError)


@breaks("RETRY-10")
def a_broken_connection_is_final(service: Service) -> None:
    """Events are lost whenever a receiver crashes on them."""
    _swallows(service, ConnectionResetError)


@breaks("RETRY-11")
def two_retries(service: Service) -> None:
    """A receiver that is down for five minutes loses events."""
    _delays(service, 30, 120)


@breaks("RETRY-11")
def no_retry_at_all(service: Service) -> None:
    """Every event that is not taken at once is lost."""
    _delays(service)


@breaks("RETRY-11")
def two_retries_of_failures(service: Service) -> None:
    """Events of failed generations are thought less important."""
    _gives_up(service, 4, lambda one: one.generation.status == "failed")


def _gives_up(service: Service, number: int, which: Callable[[Attempt], bool]) -> None:
    """The attempt of this number is not made for these deliveries."""
    proper = service.dispatcher.attempt

    async def tried(attempt: Attempt) -> Reply | None:
        return Reply(200, ()) if attempt.number == number and which(attempt) else await proper(attempt)

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("RETRY-12")
def four_retries(service: Service) -> None:
    """A receiver that is down for good is bothered longer than documented."""
    _delays(service, 30, 120, 600, 600)


@breaks("RETRY-12")
def a_fifth_attempt_soon_after(service: Service) -> None:
    """The loop counts retries from one too few."""
    _delays(service, 30, 120, 600, 30)


@breaks("RETRY-13")
def first_retry_at_once(service: Service) -> None:
    """A receiver that restarts is hit again before it is up."""
    _delays(service, 1, 120, 600)


@breaks("RETRY-13")
def first_retry_a_little_early(service: Service) -> None:
    """27 s where 30 s are promised, more than any jitter is allowed."""
    _delays(service, 27, 120, 600)


@breaks("RETRY-13")
def first_retry_after_two_minutes(service: Service) -> None:
    """Events arrive minutes late after the least disturbance."""
    _delays(service, 110, 120, 600)


@breaks("RETRY-14")
def second_retry_early(service: Service) -> None:
    """The backoff is linear: 60 s where 120 s are promised."""
    _delays(service, 30, 60, 600)


@breaks("RETRY-14")
def second_retry_late(service: Service) -> None:
    """Five minutes where two are promised."""
    _delays(service, 30, 300, 600)


@breaks("RETRY-15")
def third_retry_early(service: Service) -> None:
    """The backoff doubles instead: 240 s where 600 s are promised."""
    _delays(service, 30, 120, 240)


@breaks("RETRY-15")
def third_retry_late(service: Service) -> None:
    """Twenty minutes where ten are promised."""
    _delays(service, 30, 120, 1200)


@breaks("RETRY-16")
def retries_go_on_after_success(service: Service) -> None:
    """The retries are queued with the first failure and never taken back."""
    proper = service.dispatcher.attempt

    async def tried(attempt: Attempt) -> Reply | None:
        reply = await proper(attempt)
        return reply if attempt.number == 1 or not service.dispatcher.is_success(reply) else Reply(500, ())

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("RETRY-17")
def one_delivery_after_the_other(service: Service) -> None:
    """One customer's hanging receiver delays everybody's events."""
    line = asyncio.Lock()
    proper, clock = service.dispatcher.attempt, service.parts.clock

    async def tried(attempt: Attempt) -> Reply | None:
        while line.locked():
            await clock.sleep(0.5)
        async with line:
            return await proper(attempt)

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("HOOK-36")
def a_retry_outlives_its_endpoint(service: Service) -> None:
    """Retries are jobs that look nothing up: a receiver that was taken out of service is called for ten minutes."""
    registry = service.parts.registry

    def remove(webhook: Webhook) -> None:
        del registry.webhooks[webhook.id]

    registry.remove = remove  # type: ignore[method-assign]
