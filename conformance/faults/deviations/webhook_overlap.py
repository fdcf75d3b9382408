"""Servers whose deliveries share state in their endpoint: each is right alone, and wrong beside another (R41)."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import Proper, around, on_header, on_result
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.model import Generation
from conformance.reference.response import dump
from conformance.reference.sender import Reply
from conformance.reference.webhooks import Webhook

AT_ONCE = ("at-once",)
ID = "X-Gptimg-Delivery"
Delay = Callable[[Webhook, Generation, int], float | None]
Told = Callable[[Webhook, Generation, bool], object]


def _delivers(service: Service, delay_before: Delay, told: Told = lambda *_: None) -> None:
    """Deliveries wait so long before each attempt, None ending them; `told` is given the outcome of each."""
    parts, dispatcher = service.parts, service.dispatcher

    async def deliver(_: Proper, webhook: Webhook, event: str, generation: Generation) -> None:
        body, delivery_id, number = dump(parts.presenter.payload(generation)), parts.ids.uuid(), 1
        while (delay := delay_before(webhook, generation, number)) is not None:
            if delay:
                await parts.clock.sleep(delay)
            if not webhook.enabled:
                return
            headers = dispatcher.headers(webhook, event, delivery_id, body)
            reply = await dispatcher.attempt(Attempt(webhook.url, headers, body, number, webhook, generation))
            succeeded = dispatcher.is_success(reply)
            (parts.registry.succeeded if succeeded else parts.registry.failed)(webhook)
            told(webhook, generation, succeeded)
            if succeeded:
                return
            number += 1

    around(dispatcher, "deliver", deliver)


@breaks("RETRY-11", along=AT_ONCE)
def attempts_are_counted_at_the_endpoint(service: Service) -> None:
    """The column with the number of attempts is the endpoint's: two events of one outage have two attempts each."""
    made, under_way = Counter[str](), defaultdict[str, set[str]](set)

    def delay_before(webhook: Webhook, generation: Generation, number: int) -> float | None:
        delay = service.parts.schedule.delay_before(number)
        under_way[webhook.id].add(generation.id)
        if number == 1:
            return delay
        return delay if made[webhook.id] < len(service.parts.rules.retry_delays) + 1 else None

    def told(webhook: Webhook, generation: Generation, succeeded: bool) -> None:
        made[webhook.id] += 1
        if succeeded:
            under_way[webhook.id].discard(generation.id)
        if succeeded or not under_way[webhook.id]:
            made[webhook.id] = 0

    _delivers(service, delay_before, told)


@breaks("RETRY-13", "RETRY-14", also={"RETRY-15": "it has the last gap from its first retry on"}, along=AT_ONCE)
def an_endpoint_has_one_backoff(service: Service) -> None:
    """The backoff grows with the endpoint's failures: a second event of an outage waits as long as the first has."""
    level, delays = Counter[str](), service.parts.rules.retry_delays

    def delay_before(webhook: Webhook, _: Generation, number: int) -> float | None:
        if number == 1 or number > len(delays) + 1:
            return service.parts.schedule.delay_before(number)
        return delays[min(level[webhook.id], len(delays)) - 1]

    def told(webhook: Webhook, _: Generation, succeeded: bool) -> None:
        level[webhook.id] = 0 if succeeded else level[webhook.id] + 1

    _delivers(service, delay_before, told)


@breaks("RETRY-14", "RETRY-15", along=AT_ONCE)
def a_new_failure_begins_every_schedule_anew(service: Service) -> None:
    """A failing first attempt sets back whatever the endpoint has in the queue: an older event is retried too soon."""
    places = defaultdict[str, dict[str, int]](dict)
    delays = service.parts.rules.retry_delays

    def delay_before(webhook: Webhook, generation: Generation, number: int) -> float | None:
        if number == 1 or number > len(delays) + 1:
            return service.parts.schedule.delay_before(number)
        return delays[places[webhook.id][generation.id]]

    def told(webhook: Webhook, generation: Generation, succeeded: bool) -> None:
        here = places[webhook.id]
        if generation.id not in here and not succeeded:
            here.update(dict.fromkeys(here, -1))
        here[generation.id] = here.get(generation.id, -1) + 1

    _delivers(service, delay_before, told)


def _cancels(service: Service, when: Callable[[Attempt], bool]) -> None:
    """A success of which this holds takes back the retries of the endpoint's other deliveries."""
    cancelled = defaultdict[str, set[str]](set)
    under_way = defaultdict[str, set[str]](set)

    def delay_before(webhook: Webhook, generation: Generation, number: int) -> float | None:
        under_way[webhook.id].add(generation.id)
        return None if generation.id in cancelled[webhook.id] else service.parts.schedule.delay_before(number)

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        if one.number > 1 and one.generation.id in cancelled[one.webhook.id]:
            return Reply(200, ())
        reply: Reply | None = await proper(one)
        if service.dispatcher.is_success(reply):
            under_way[one.webhook.id].discard(one.generation.id)
            if when(one):
                cancelled[one.webhook.id] |= under_way[one.webhook.id]
        return reply

    _delivers(service, delay_before)
    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-11", along=AT_ONCE)
def a_success_clears_the_endpoints_queue(service: Service) -> None:
    """An endpoint that answers again is marked healthy, and its queue emptied: older events are lost."""
    _cancels(service, lambda one: one.number == 1)


@breaks("RETRY-11", along=AT_ONCE)
def a_recovery_clears_the_endpoints_queue(service: Service) -> None:
    """The retry that succeeds deletes the endpoint's jobs, not its own: other events of the outage are lost."""
    _cancels(service, lambda one: one.number > 1)


@breaks("RETRY-11", along=AT_ONCE)
def a_retry_takes_the_place_of_another(service: Service) -> None:
    """The job's key is the endpoint, and a later one replaces it: of two events of an outage one is never retried."""
    newest = dict[str, str]()

    def delay_before(webhook: Webhook, generation: Generation, number: int) -> float | None:
        if number == 1:
            return 0
        newest[webhook.id] = generation.id
        return service.parts.schedule.delay_before(number)

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        replaced = one.number > 1 and newest[one.webhook.id] != one.generation.id
        return Reply(200, ()) if replaced else await proper(one)

    _delivers(service, delay_before)
    around(service.dispatcher, "attempt", attempt)


@breaks("RETRY-11", along=AT_ONCE)
def one_delivery_at_a_time_is_retried(service: Service) -> None:
    """A lock says that an endpoint is being retried, and whoever finds it taken gives up: a second event is lost."""
    owner = dict[str, str]()

    def delay_before(webhook: Webhook, generation: Generation, number: int) -> float | None:
        delay = service.parts.schedule.delay_before(number)
        if number == 1:
            return delay
        held = owner.setdefault(webhook.id, generation.id) == generation.id
        if held and delay is None:
            del owner[webhook.id]
        return delay if held else None

    def told(webhook: Webhook, generation: Generation, succeeded: bool) -> None:
        if succeeded and owner.get(webhook.id) == generation.id:
            del owner[webhook.id]

    _delivers(service, delay_before, told)


@breaks("RETRY-16", along=AT_ONCE)
def a_retry_repeats_what_the_outage_delayed(service: Service) -> None:
    """A retry sends again whatever needed one: what was taken on its retry comes once more, with another's."""
    needed = defaultdict[str, dict[str, Attempt]](dict)

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        here = needed[one.webhook.id]
        if service.dispatcher.is_success(reply) and one.number == 2:
            here[one.generation.id] = one
        elif one.number == 2:
            await asyncio.gather(*map(proper, here.values()))
        return reply

    around(service.dispatcher, "attempt", attempt)


@breaks("SIGN-7", along=AT_ONCE)
def an_outage_has_one_id(service: Service) -> None:
    """The id is the endpoint's as long as it fails: of two events that it missed, a receiver takes one for repeated."""
    ids, failing = dict[str, str](), defaultdict[str, set[str]](set)

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        here = failing[one.webhook.id]
        here.discard(one.generation.id)
        if not service.dispatcher.is_success(reply) and one.number <= len(service.parts.rules.retry_delays):
            here.add(one.generation.id)
        if not here:
            ids.pop(one.webhook.id, None)
        return reply

    def value(one: Attempt, proper: str) -> str:
        return ids.setdefault(one.webhook.id, proper) if one.number == 1 else ids.get(one.webhook.id, proper)

    on_header(service, ID, value)
    around(service.dispatcher, "attempt", attempt)


@breaks("SIGN-6", also={"SIGN-7": "the retries of the older have the id of the newer"}, along=AT_ONCE)
def a_retry_has_the_newest_id(service: Service) -> None:
    """The id is kept beside the endpoint: once a newer event came, retries of the older pass for the newer's."""
    newest = dict[str, str]()

    def value(one: Attempt, proper: str) -> str:
        if one.number == 1:
            newest[one.webhook.id] = proper
        return newest[one.webhook.id]

    on_header(service, ID, value)


@breaks("SIGN-4", along=AT_ONCE)
def a_retry_has_the_newest_signature(service: Service) -> None:
    """The signature is kept beside the endpoint: once a newer event came, retries of the older are refused."""
    newest, name = dict[str, str](), "X-Gptimg-Signature"

    def value(one: Attempt, proper: str) -> str:
        if one.number == 1:
            newest[one.webhook.id] = proper
        return newest[one.webhook.id]

    on_header(service, name, value)


def _succeeded_counts(service: Service, which: Callable[[Attempt, Reply], bool]) -> None:
    """A success starts the count of failures anew only when this holds of it."""
    registry, counts = service.parts.registry, dict[str, bool]()

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        counts[one.webhook.id] = reply is not None and which(one, reply)
        return reply

    def succeeded(proper: Proper, webhook: Webhook) -> Any:
        return proper(webhook) if counts.get(webhook.id) else None

    around(service.dispatcher, "attempt", attempt)
    around(registry, "succeeded", succeeded)


@breaks("HOOK-32", along=("retry",))
def a_success_on_a_retry_is_not_counted(service: Service) -> None:
    """Only a first attempt resets the counter: an endpoint that restarts often enough is off one day."""
    _succeeded_counts(service, lambda one, _: one.number == 1)


@breaks("HOOK-32", along=("retry",))
def a_success_on_the_last_retry_is_not_counted(service: Service) -> None:
    """The dead-letter job delivers and tells nobody: an endpoint that was saved at the last moment is off later."""
    _succeeded_counts(service, lambda one, _: one.number <= len(service.parts.rules.retry_delays))


# Of failures, which these deliveries are of.


def _failures_wait(service: Service, change: Callable[[float, float, float], tuple[float, ...]]) -> None:
    """Deliveries of failed generations have another schedule."""
    failed: ContextVar[bool] = ContextVar("failed", default=False)
    delays = (0.0, *change(*service.parts.rules.retry_delays))

    async def attempt(proper: Proper, one: Attempt) -> Any:
        failed.set(one.generation.status == "failed")
        return await proper(one)

    around(service.dispatcher, "attempt", attempt)
    on_result(
        service.parts.schedule,
        "delay_before",
        lambda proper, number: delays[number - 1] if failed.get() and proper else proper,
    )


@breaks("RETRY-13", along=("event",))
def failures_are_retried_at_once(service: Service) -> None:
    """Failures are urgent, and so is their queue: a receiver that restarts is hit again before it is up."""
    _failures_wait(service, lambda _, second, third: (1, second, third))


@breaks("RETRY-14", along=("event",))
def the_second_retry_of_a_failure_is_early(service: Service) -> None:
    """The failures' queue has a linear backoff: a receiver that recovers slowly is hit too soon."""
    _failures_wait(service, lambda first, _, third: (first, 2 * first, third))


@breaks("RETRY-15", along=("event",))
def the_last_retry_of_a_failure_is_early(service: Service) -> None:
    """The failures' queue is emptied every few minutes: the last chance is gone before its time."""
    _failures_wait(service, lambda first, second, _: (first, second, 2 * second))
