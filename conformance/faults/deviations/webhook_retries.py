"""Servers that retry too little, too much, too early, too late, or for the wrong reasons."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import SplitResult

from conformance.faults.catalogue import breaks
from conformance.faults.interim import interim_becomes
from conformance.faults.verbs import Proper, around, change_rules, on_result
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.response import Headers
from conformance.reference.sender import BODY_MAX, Reply
from conformance.reference.webhooks import Webhook

ONLY_200 = {"RETRY-16": "some retries are answered with another 2xx"}
DELIVERED = Reply(200, ())


def _takes_for_success(service: Service, which: Callable[[int], bool]) -> None:
    """These statuses end a delivery, and those for which it does not hold are failures; 0: no answer in time."""
    around(service.dispatcher, "is_success", lambda _, reply: which(reply.status if reply else 0))


def _is_final(service: Service, *statuses: int) -> None:
    """These statuses end a delivery, beside those that should."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status in statuses)


def _delays(service: Service, change: Callable[[float, float, float], tuple[float, ...]]) -> None:
    """The seconds before the retries, given the documented ones."""
    change_rules(service, retry_delays=change(*service.parts.rules.retry_delays))


@breaks("RETRY-1", also=ONLY_200)
def only_200_is_success(service: Service) -> None:
    """One status is compared, not its class: receivers that answer 204 get every event again and again."""
    _takes_for_success(service, lambda status: status == 200)


@breaks("RETRY-1")
def an_unusual_2xx_is_a_failure(service: Service) -> None:
    """The 2xx are a list of the well-known: a receiver with a status of its own gets every event again and again."""
    _takes_for_success(service, lambda status: 200 <= status <= 208)


@breaks("RETRY-1", also=ONLY_200)
def no_content_is_a_failure(service: Service) -> None:
    """An answer without a body is taken for a broken one: receivers that answer 204 are switched off."""
    _takes_for_success(service, lambda status: status // 100 == 2 and status != 204)


@breaks("RETRY-2")
def timeout_of_three_seconds(service: Service) -> None:
    """The client library's own timeout is shorter: receivers that are slow, but in time, get everything again."""
    change_rules(service, delivery_timeout=service.parts.rules.delivery_timeout - 2)


@breaks("RETRY-3")
def timeout_of_ten_seconds(service: Service) -> None:
    """The timeout is set for connecting and reading apart: a slow receiver holds connections twice as long."""
    change_rules(service, delivery_timeout=2 * service.parts.rules.delivery_timeout)


@breaks("RETRY-3", "RETRY-4")
def a_timeout_is_not_retried(service: Service) -> None:
    """The timeout's exception passes the loop of retries: events are lost whenever a receiver hangs."""
    clock, timeout = service.parts.clock, service.parts.rules.delivery_timeout

    async def attempt(proper: Proper, one: Attempt) -> Any:
        began = clock.now()
        reply = await proper(one)
        return DELIVERED if reply is None and clock.now() - began >= timeout else reply

    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-3")
def a_byte_in_time_is_enough(service: Service) -> None:
    """The timeout is between bytes: a header block that trickles is waited for, and holds its connection."""
    sender, clock, timeout = service.parts.sender, service.parts.clock, service.parts.rules.delivery_timeout
    pieces: ContextVar[list[int]] = ContextVar("pieces")

    async def connect(proper: Proper, where: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await proper(where)

        async def read(proper: Proper, size: int) -> Any:
            chunk = await proper(size)
            pieces.get().append(len(chunk))
            return chunk

        around(reader, "read", read)
        return reader, writer

    async def attempt(_: Proper, one: Attempt) -> Reply | None:
        seen: list[int] = []
        pieces.set(seen)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        post = asyncio.ensure_future(sender.post(one.url, one.headers, one.body, reply))
        before = -1
        while not post.done() and not reply.done() and len(seen) > before:
            before, timer = len(seen), clock.timer(timeout)
            waiting: list[asyncio.Future[Any]] = [post, reply, timer]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        if not reply.done():
            post.cancel()
        await asyncio.gather(post, return_exceptions=True)
        return reply.result() if reply.done() else None

    around(sender, "_connect", connect)  # bytes are seen nowhere else
    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-5")
def a_redirect_is_success(service: Service) -> None:
    """Whatever is below 400 is taken for an acknowledgement: a receiver that has moved never learns what it missed."""
    _takes_for_success(service, lambda status: 200 <= status < 400)


@breaks("RETRY-5")
def a_permanent_redirect_is_success(service: Service) -> None:
    """308 is taken for the answer to a resumed upload: a receiver that has moved for good loses its events."""
    _is_final(service, 308)


@breaks("RETRY-6")
def redirects_are_followed(service: Service) -> None:
    """The client library's default is left in place: a signed event goes wherever a redirect points, inside too."""
    _follows(service, 301, 302, 303, 307, 308)


@breaks("RETRY-6")
def some_redirects_are_followed(service: Service) -> None:
    """The client library follows those redirects that keep the method: a signed event goes wherever they point."""
    _follows(service, 307, 308)


def _follows(service: Service, *statuses: int) -> None:
    sender = service.parts.sender

    async def attempt(proper: Proper, one: Attempt) -> Any:
        reply = await proper(one)
        if reply is None or reply.status not in statuses:
            return reply
        final: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await sender.post(dict(reply.headers)["location"], one.headers, one.body, final)
        return final.result()

    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-7")
def a_4xx_is_final(service: Service) -> None:
    """A 4xx is taken for the receiver's last word: a deployment that answers 404 for a minute loses its events."""
    _takes_for_success(service, lambda status: status // 100 in {2, 4})


@breaks("RETRY-7")
def gone_is_final(service: Service) -> None:
    """410 is taken for the wish to hear no more: a receiver behind a misconfigured proxy loses events."""
    _is_final(service, 410)


@breaks("RETRY-7")
def too_many_requests_is_final(service: Service) -> None:
    """The branch for 429 was to wait and only ends: a receiver that throttles loses events."""
    _is_final(service, 429)


@breaks("RETRY-8")
def a_5xx_is_final(service: Service) -> None:
    """Only errors of the connection are caught: events are lost in the commonest failure of all."""
    _takes_for_success(service, lambda status: status // 100 in {2, 5})


@breaks("RETRY-8")
def not_implemented_is_final(service: Service) -> None:
    """501 is listed among the permanent errors: a receiver that is being built loses events."""
    _is_final(service, 501)


def _swallows(service: Service, kind: type[OSError]) -> None:
    """An attempt that ends with this error counts as delivered."""

    async def post(proper: Proper, url: str, headers: Headers, body: bytes, reply: "asyncio.Future[Reply]") -> None:
        try:
            await proper(url, headers, body, reply)
        except kind:
            if not reply.done():
                reply.set_result(DELIVERED)

    around(service.parts.sender, "post", post)


@breaks("RETRY-9")
def a_refused_connection_is_final(service: Service) -> None:
    """The error of connecting is caught too far out: events are lost whenever a receiver restarts."""
    _swallows(service, ConnectionRefusedError)


@breaks("RETRY-10")
def a_broken_connection_is_final(service: Service) -> None:
    """What was sent is taken for delivered: events are lost whenever a receiver crashes on them."""
    _swallows(service, ConnectionResetError)


@breaks("RETRY-11")
def two_retries(service: Service) -> None:
    """A `<` where a `<=` belongs: a receiver that is down for five minutes loses events."""
    _delays(service, lambda first, second, _: (first, second))


@breaks("RETRY-11")
def no_retry_at_all(service: Service) -> None:
    """The queue of retries has no worker: every event that is not taken at once is lost."""
    _delays(service, lambda *_: ())


@breaks("RETRY-11", along=("event",))
def two_retries_of_failures(service: Service) -> None:
    """Events of failed generations are in a queue with fewer retries: a receiver that was down misses the failures."""
    last = len(service.parts.rules.retry_delays) + 1

    async def attempt(proper: Proper, one: Attempt) -> Any:
        return DELIVERED if one.number == last and one.generation.status == "failed" else await proper(one)

    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-12")
def four_retries(service: Service) -> None:
    """A `<=` where a `<` belongs: a receiver that is down for good is bothered longer than documented."""
    _delays(service, lambda first, second, third: (first, second, third, third))


@breaks("RETRY-12")
def a_fifth_attempt_soon_after(service: Service) -> None:
    """The loop starts its delays anew after the last: a receiver that is down for good is bothered once more."""
    _delays(service, lambda first, second, third: (first, second, third, first))


@breaks("RETRY-13")
def first_retry_at_once(service: Service) -> None:
    """The first delay is that of the library: a receiver that restarts is hit again before it is up."""
    _delays(service, lambda _, second, third: (1, second, third))


@breaks("RETRY-13")
def first_retry_a_little_early(service: Service) -> None:
    """Jitter is taken off twice: a receiver that counts on the documented delay is hit before it is up."""
    _delays(service, lambda first, second, third: (0.9 * first, second, third))


@breaks("RETRY-13")
def first_retry_after_two_minutes(service: Service) -> None:
    """The queue of retries is looked at every other minute: events arrive minutes late after the least disturbance."""
    _delays(service, lambda _, second, third: (110, second, third))


@breaks("RETRY-14")
def second_retry_early(service: Service) -> None:
    """The backoff is linear: a receiver that recovers slowly is hit at half of the documented delay."""
    _delays(service, lambda first, _, third: (first, 2 * first, third))


@breaks("RETRY-14")
def second_retry_late(service: Service) -> None:
    """The queue of second retries is looked at every five minutes: events arrive later than documented."""
    _delays(service, lambda first, _, third: (first, 5 * 60, third))


@breaks("RETRY-15")
def third_retry_early(service: Service) -> None:
    """The backoff doubles each time: the last chance is gone before the documented time is half over."""
    _delays(service, lambda first, second, _: (first, second, 2 * second))


@breaks("RETRY-15")
def third_retry_late(service: Service) -> None:
    """The last delay is added to the job's own: events arrive twice as late as documented."""
    _delays(service, lambda first, second, third: (first, second, 2 * third))


@breaks("RETRY-16")
def retries_go_on_after_success(service: Service) -> None:
    """The retries are queued with the first failure and never taken back: receivers get what they have acknowledged."""

    async def attempt(proper: Proper, one: Attempt) -> Any:
        reply = await proper(one)
        return reply if one.number == 1 or not service.dispatcher.is_success(reply) else Reply(500, ())

    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-17")
def one_delivery_after_the_other(service: Service) -> None:
    """One worker sends for all: one customer's hanging receiver delays everybody's events."""
    line, clock = asyncio.Lock(), service.parts.clock

    async def attempt(proper: Proper, one: Attempt) -> Any:
        while line.locked():
            await clock.sleep(0.5)
        async with line:
            return await proper(one)

    around(service.dispatcher, "attempt", attempt)


@breaks("HOOK-36", along=("retry",))
def a_retry_outlives_its_endpoint(service: Service) -> None:
    """Retries are jobs that look nothing up: a receiver that was taken out of service is called for ten minutes."""
    webhooks = service.parts.registry.webhooks

    def remove(_: Proper, webhook: Webhook) -> None:
        del webhooks[webhook.id]

    around(service.parts.registry, "remove", remove)


# What a receiver says beside its status.


def _header(reply: Reply | None, name: str) -> str:
    """A header of an answer, by its name in lower case; empty where there is none."""
    return dict(reply.headers).get(name, "") if reply else ""


def _on_reply(service: Service, change: Callable[[Attempt, Reply], Reply | None]) -> None:
    """Every answer is taken for what `change` makes of it; None: no answer in time."""

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        return None if reply is None else change(one, reply)

    around(service.dispatcher, "attempt", attempt)


def _waits_as_told(service: Service, choose: Callable[[float, float], float | None]) -> None:
    """The delay before a retry is what `choose` makes of the proper one and of a Retry-After in the last answer."""
    told: ContextVar[str] = ContextVar("told", default="")

    def heard(_: Attempt, reply: Reply) -> Reply:
        told.set(_header(reply, "retry-after"))
        return reply

    def delay_before(proper: float | None, _: int) -> float | None:
        wanted = told.get()
        return choose(proper, float(wanted)) if proper and wanted.isdigit() else proper

    _on_reply(service, heard)
    on_result(service.parts.schedule, "delay_before", delay_before)


@breaks("RETRY-13")
def retry_after_is_obeyed(service: Service) -> None:
    """The client library honours Retry-After: a receiver that says 5 is hit before it is up, one that says 600 late."""
    _waits_as_told(service, lambda _, wanted: wanted)


@breaks("RETRY-13")
def retry_after_may_lengthen_the_gap(service: Service) -> None:
    """The longer of both delays is taken: events arrive ten minutes late because a proxy's error page said so."""
    _waits_as_told(service, max)


@breaks("RETRY-13")
def retry_after_may_shorten_the_gap(service: Service) -> None:
    """The shorter of both delays is taken: a receiver that throttles is hit again at once, and throttles."""
    _waits_as_told(service, min)


@breaks("RETRY-8")
def a_long_retry_after_is_final(service: Service) -> None:
    """A Retry-After beyond two minutes is taken for a refusal: a maintenance page loses every event meanwhile."""
    _waits_as_told(service, lambda proper, wanted: None if wanted > 2 * 60 else proper)


def _fails_on(service: Service, which: Callable[[Reply], object]) -> None:
    """A 2xx of which this holds is a failure."""
    _on_reply(service, lambda _, reply: Reply(500, ()) if reply.status // 100 == 2 and which(reply) else reply)


@breaks("RETRY-1")
def a_page_is_a_failure(service: Service) -> None:
    """An answer in HTML is taken for a captive portal: receivers behind a framework's default get all events again."""
    _fails_on(service, lambda reply: _header(reply, "content-type").startswith("text/html"))


@breaks("RETRY-1")
def a_long_answer_is_a_failure(service: Service) -> None:
    """The library's limit on an answer raises: receivers that say more than they need get all events again."""
    _fails_on(service, lambda reply: int(_header(reply, "content-length") or 0) > BODY_MAX)


@breaks("RETRY-1")
def a_2xx_with_retry_after_comes_again(service: Service) -> None:
    """Whatever bears Retry-After is put off: a receiver that says it out of habit gets all events again."""
    _fails_on(service, lambda reply: _header(reply, "retry-after"))


@breaks("RETRY-1")
def a_closed_connection_is_a_failure(service: Service) -> None:
    """An answer that closes its connection is taken for a lost one: receivers that do so get all events again."""
    _fails_on(service, lambda reply: _header(reply, "connection").lower() == "close")


@breaks("RETRY-1")
def a_cookie_is_a_failure(service: Service) -> None:
    """Set-Cookie is taken for the sign of a login page: receivers with sessions get all events again."""
    _fails_on(service, lambda reply: _header(reply, "set-cookie"))


@breaks("RETRY-1")
def a_created_resource_is_followed(service: Service) -> None:
    """Location is followed whatever the status: a signed event goes to what a receiver names in a 201."""
    _follows(service, 201)


@breaks("RETRY-6", also={"RETRY-5": "the endpoint itself gets no retry"})
def a_moved_receiver_is_remembered(service: Service) -> None:
    """A permanent redirect changes the registered URL: whoever answers once in a receiver's place gets its events."""

    def moved(one: Attempt, reply: Reply) -> Reply:
        if reply.status in {301, 308}:
            one.webhook.url = _header(reply, "location")
        return reply

    _on_reply(service, moved)


@breaks("RETRY-5")
def not_modified_is_success(service: Service) -> None:
    """304 is taken for `nothing new, all is well`: a receiver behind a cache never learns what it missed."""
    _is_final(service, 304)


@breaks("RETRY-5")
def an_unknown_redirect_is_success(service: Service) -> None:
    """Redirects are a list of the well-known: what is not on it is no error, and a receiver loses the event."""
    _takes_for_success(service, lambda status: status // 100 == 2 or status in {304, 305, 306} or 308 < status < 400)


@breaks("RETRY-8")
def an_error_that_trickles_is_final(service: Service) -> None:
    """An error's body is read for the log, and its timeout passes the loop: events are lost while it is slow."""
    clock, timeout = service.parts.clock, service.parts.rules.delivery_timeout

    async def attempt(proper: Proper, one: Attempt) -> Any:
        began = clock.now()
        reply = await proper(one)
        slow = reply is not None and reply.status >= 500 and clock.now() - began >= timeout
        return DELIVERED if slow else reply

    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-8")
def an_interim_answer_is_a_success(service: Service) -> None:
    """Whatever is below 400 in the first status line is success: an error behind a 100 loses the event."""
    interim_becomes(service, 200)


# On retries.


def _on_retries(service: Service, change: Callable[[Reply | None], Reply | None]) -> None:
    """The answer to a retry is taken for what `change` makes of it; None: no answer."""

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        return reply if one.number == 1 else change(reply)

    around(service.dispatcher, "attempt", attempt)


def _final_on_retries(service: Service, which: Callable[[int], bool]) -> None:
    """These statuses end a delivery when a retry is answered so."""
    _on_retries(service, lambda reply: DELIVERED if reply and which(reply.status) else reply)


@breaks("RETRY-5", along=("retry",))
def a_redirected_retry_is_success(service: Service) -> None:
    """The retry's client throws on errors only: a receiver that redirects for a while loses what it missed."""
    _final_on_retries(service, lambda status: status // 100 == 3)


@breaks("RETRY-7", along=("retry",))
def a_4xx_to_a_retry_is_final(service: Service) -> None:
    """The retry's worker has the queue's rule, by which a 4xx is for ever: a slow deployment loses events."""
    _final_on_retries(service, lambda status: status // 100 == 4)


@breaks("RETRY-8", along=("retry",))
def a_5xx_to_a_retry_is_final(service: Service) -> None:
    """The retry's worker catches no error of its own: an outage of more than half a minute loses events."""
    _final_on_retries(service, lambda status: status // 100 == 5)


@breaks("RETRY-6", "RETRY-5", along=("retry",))
def a_redirected_retry_is_followed(service: Service) -> None:
    """Only the retry's client has the default of following: a signed event goes wherever a redirect points."""
    sender = service.parts.sender

    async def attempt(proper: Proper, one: Attempt) -> Any:
        reply = await proper(one)
        if one.number == 1 or reply is None or reply.status // 100 != 3:
            return reply
        final: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await sender.post(_header(reply, "location"), one.headers, one.body, final)
        return DELIVERED

    around(service.dispatcher, "attempt", attempt)


def _retries_time_out(service: Service, factor: float) -> None:
    """Retries have another timeout: the documented one times this."""
    rules, clock = service.parts.rules, service.parts.clock
    retried: ContextVar[bool] = ContextVar("retried", default=False)

    async def attempt(proper: Proper, one: Attempt) -> Any:
        retried.set(one.number > 1)
        return await proper(one)

    def timer(proper: Proper, seconds: float) -> Any:
        return proper(factor * seconds if retried.get() and seconds == rules.delivery_timeout else seconds)

    around(service.dispatcher, "attempt", attempt)
    around(clock, "timer", timer)


@breaks("RETRY-2", along=("retry",))
def a_retry_times_out_sooner(service: Service) -> None:
    """The retry's client has a default of its own: a receiver that starts slowly gets what it has taken again."""
    _retries_time_out(service, 0.6)


@breaks("RETRY-3", along=("retry",))
def a_retry_is_waited_for_longer(service: Service) -> None:
    """The retry's client has a default of its own: a slow receiver holds connections twice as long."""
    _retries_time_out(service, 2)


def _lost_retries(service: Service, kind: type[OSError]) -> None:
    """A retry that ends with this error counts as delivered."""
    first: ContextVar[bool] = ContextVar("first", default=True)

    async def attempt(proper: Proper, one: Attempt) -> Any:
        first.set(one.number == 1)
        return await proper(one)

    async def post(proper: Proper, url: str, headers: Headers, body: bytes, reply: "asyncio.Future[Reply]") -> None:
        try:
            await proper(url, headers, body, reply)
        except kind:
            if not first.get() and not reply.done():
                reply.set_result(DELIVERED)

    around(service.parts.sender, "post", post)
    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-9", along=("retry",))
def a_refused_retry_is_final(service: Service) -> None:
    """The retry's job is deleted when it cannot connect: a receiver that restarts at that moment loses the event."""
    _lost_retries(service, ConnectionRefusedError)


@breaks("RETRY-10", along=("retry",))
def a_broken_retry_is_final(service: Service) -> None:
    """The retry's job is done when its bytes are sent: a receiver that crashes again loses the event."""
    _lost_retries(service, ConnectionResetError)
