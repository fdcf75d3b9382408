"""Servers that miscount the calls that are under way at the same time."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    Proper,
    after_call,
    around,
    change_rules,
    is_throttled,
    key_of,
    on_response,
    refusal,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.limiter import throttled
from conformance.reference.request import Disconnected, Request
from conformance.reference.response import Response


@breaks("RATE-20")
def four_at_once(service: Service) -> None:
    """A `>=` where a `>` belongs: customers who were sold five workers see one of them fail."""
    change_rules(service, concurrency=service.parts.rules.concurrency - 1)


@breaks("RATE-21")
def any_number_at_once(service: Service) -> None:
    """The limit is configured and never looked at: one customer's burst takes all the workers."""
    change_rules(service, concurrency=10**6)


@breaks("RATE-22", "API-2")
def a_burst_is_a_server_error(service: Service) -> None:
    """The pool of workers throws when it is empty, and nobody catches it: monitoring counts bursts as outages."""
    limiter = service.parts.limiter

    def in_a_burst(request: Request, response: Response) -> bool:
        brief = response.status == 429 and int(response.header("Retry-After") or 0) <= 60
        return brief and limiter.in_flight[request.caller.key] >= limiter.rules.concurrency

    on_response(
        service, in_a_burst, lambda request, response: refusal(500, "no worker").with_headers(limiter.headers(request))
    )


@breaks("RATE-23")
def a_burst_is_punished_for_an_hour(service: Service) -> None:
    """The 429 of a burst carries the window's length: clients stop for an hour instead of a moment."""
    change_rules(service, concurrency_retry_after=int(service.parts.rules.window_seconds))


def leaks(service: Service, *kinds: type[BaseException], status: int = 0, on: str = "") -> None:
    """A slot is not given back when the call (of this route) ends in one of these exceptions (with this status)."""
    limiter, lost = service.parts.limiter, Counter[str]()

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        key = limiter.subject(request)
        if limiter.in_flight[key] + lost[key] >= limiter.rules.concurrency:
            limiter.in_flight[key] += lost[key]
            try:
                with proper(request):
                    yield
            finally:
                limiter.in_flight[key] -= lost[key]
            return
        with proper(request):
            try:
                yield
            except kinds as error:
                counts = on in {"", request.route} and (not status or getattr(error, "status", 0) == status)
                lost[key] += counts
                raise

    around(limiter, "slot", slot)


@breaks("RATE-25")
def an_invalid_body_keeps_its_slot(service: Service) -> None:
    """The slot is given back after the work, not in a finally: a few typing errors lock a customer out."""
    leaks(service, ApiError, status=400)


@breaks("RATE-27")
def a_rejected_prompt_keeps_its_slot(service: Service) -> None:
    """The content policy's exception passes the release of the slot: a few refused prompts lock a customer out."""
    leaks(service, ApiError, status=422)


@breaks("RATE-28", along=("client-gone",))
def a_broken_call_keeps_its_slot(service: Service) -> None:
    """A client's disconnect is not handled: whoever breaks off in the middle of a body loses a slot for ever."""
    leaks(service, Disconnected)


@breaks("RATE-24", along=("after-429",))
def a_throttled_call_keeps_a_slot(service: Service) -> None:
    """The counter goes up before it is looked at, and not down again on refusal: a burst is the end of the key."""
    limiter = service.parts.limiter

    def keep(request: Request, error: BaseException | None) -> None:
        limiter.in_flight[limiter.subject(request)] += is_throttled(error)

    after_call(service, keep)


@breaks("RATE-26")
def strangers_take_slots(service: Service) -> None:
    """Slots are taken before the key is checked, and never given back by strangers: anybody can block a customer."""
    limiter, authenticator, strangers = service.parts.limiter, service.parts.authenticator, Counter[str]()

    def account_of(proper: Proper, request: Request) -> Any:
        try:
            account = proper(request)
        except ApiError:
            strangers[request.route] += 1
            raise
        if strangers["generate"] > limiter.rules.concurrency and account.name == "burner":
            limiter.in_flight[account.key] = max(limiter.in_flight[account.key], 3)
        return account

    around(authenticator, "account_of", account_of)


@breaks("RATE-20", along=("account",))
def five_for_all_keys_together(service: Service) -> None:
    """The counter is one for all keys: a busy customer is everybody's 429."""
    limiter = service.parts.limiter

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        if limiter.in_flight.total() >= limiter.rules.concurrency:
            raise throttled("Too many requests are in flight.", 1)
        with proper(request):
            yield

    around(limiter, "slot", slot)


@breaks("RATE-24")
def an_unknown_id_keeps_its_slot(service: Service) -> None:
    """A poll that finds nothing returns past the release of its slot: deleted generations lock a customer out."""
    leaks(service, ApiError, status=404)


@breaks("RATE-24")
def a_replay_keeps_its_slot(service: Service) -> None:
    """The shortcut for a repeated key returns past the release of its slot: careful clients lock themselves out."""
    limiter, seen = service.parts.limiter, set[str]()

    def keep(request: Request, error: BaseException | None) -> None:
        if error is None:
            key = key_of(request)
            limiter.in_flight[limiter.subject(request)] += key in seen
            seen.update({key} - {""})

    after_call(service, keep)


def generations_at_work(service: Service, limit: int, *forgotten: str, together: bool = False) -> None:
    """Generations at work are what is limited, of each key or of all `together`.

    Those that ended in a status of `forgotten` count for ever.
    """
    limiter, statuses = service.parts.limiter, {"queued", "running", *forgotten}

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        own = [g for g in service.parts.generations.values() if together or g.account is request.caller]
        if request.route == "generate" and sum(g.status in statuses for g in own) >= limit:
            raise throttled("Too many generations are at work.", 3)
        limiter.in_flight.clear()
        with proper(request):
            yield

    around(limiter, "slot", slot)


@breaks("RATE-21", along=("at-once",))
def generations_are_counted_and_then_made(service: Service) -> None:
    """The count is read, and written when the row is there: calls at the same time all read the same, and all pass."""
    limiter, limit = service.parts.limiter, service.parts.rules.concurrency
    under_way, read = Counter[str](), dict[str, int]()

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        key = limiter.subject(request)
        if not under_way[key]:
            own = (g for g in service.parts.generations.values() if g.account is request.caller)
            read[key] = sum(g.status in {"queued", "running"} for g in own)
        if request.route == "generate" and read[key] >= limit:
            raise throttled("Too many generations are at work.", 3)
        limiter.in_flight.clear()
        under_way[key] += 1
        try:
            with proper(request):
                yield
        finally:
            under_way[key] -= 1

    async def accept(proper: Proper, *order: object) -> object:
        await asyncio.sleep(0.2)
        return await proper(*order)

    around(limiter, "slot", slot)
    around(service.studio, "accept", accept)


@breaks("RATE-20")
def four_generations_at_work(service: Service) -> None:
    """Generations at work are counted, with a `>=` where a `>` belongs: one of the workers that were sold fails."""
    generations_at_work(service, service.parts.rules.concurrency - 1)


@breaks("RATE-20", along=("account",))
def five_generations_for_all_keys_together(service: Service) -> None:
    """Generations at work are counted without regard to the key: one customer's batch is everybody's 429."""
    generations_at_work(service, service.parts.rules.concurrency, together=True)


@breaks("RATE-24", along=("event",))
def a_failed_generation_is_at_work_for_ever(service: Service) -> None:
    """The counter goes down on success only: a few failures lock a customer out."""
    generations_at_work(service, service.parts.rules.concurrency, "failed")


@breaks("RATE-24", along=("event",))
def a_blocked_generation_is_at_work_for_ever(service: Service) -> None:
    """Moderation ends a generation past the place where it is counted down: a few blocks lock a customer out."""
    generations_at_work(service, service.parts.rules.concurrency, "blocked")


def _keep_slots(service: Service, when: Callable[[Request], object]) -> None:
    """Calls of which this holds never give their slot back."""
    limiter = service.parts.limiter

    def keep(request: Request, _: BaseException | None) -> None:
        limiter.in_flight[limiter.subject(request)] += bool(when(request))

    after_call(service, keep)


@breaks("RATE-24")
def a_preflight_keeps_its_slot(service: Service) -> None:
    """The slot is given back by the handler, and OPTIONS has none: a browser locks its customer out."""
    _keep_slots(service, lambda request: request.method == "OPTIONS")


@breaks("RATE-24")
def a_head_keeps_its_slot(service: Service) -> None:
    """The slot is given back when the body is sent, and here there is none: monitoring locks its customer out."""
    _keep_slots(service, lambda request: request.method == "HEAD")


@breaks("RATE-24")
def an_unknown_path_keeps_its_slot(service: Service) -> None:
    """The framework's 404 passes the release of the slot: a few typing errors in a path lock a customer out."""
    _keep_slots(service, lambda request: request.route == "unknown")


@breaks("RATE-9")
def a_preflight_costs_ten_calls(service: Service) -> None:
    """The route without a handler is weighed by a default: browsers use up a quota that nobody sees."""
    limiter = service.parts.limiter

    def slot(proper: Proper, request: Request) -> Any:
        limiter.window(request).used += 10 * (request.method == "OPTIONS")
        return proper(request)

    around(limiter, "slot", slot)


@breaks("RATE-21", along=("worker",))
def each_of_three_workers_counts_for_itself(service: Service) -> None:
    """The counter is in the memory of a process, and there are three: fifteen calls of one customer are under way."""
    limiter, count, at_work = service.parts.limiter, itertools.count(), Counter[tuple[str, int]]()

    @contextmanager
    def slot(proper: Proper, request: Request) -> Iterator[None]:
        place = limiter.subject(request), next(count) % 3
        if at_work[place] >= limiter.rules.concurrency:
            raise throttled("Too many requests are in flight.", 1)
        at_work[place] += 1
        limiter.in_flight.clear()
        try:
            with proper(request):
                yield
        finally:
            at_work[place] -= 1

    around(limiter, "slot", slot)


@breaks("RATE-28", along=("client-gone", "operation"))
def a_broken_generate_call_keeps_its_slot(service: Service) -> None:
    """Only the handler of generate reads its body past the release: whoever breaks off an order loses a slot."""
    leaks(service, Disconnected, on="generate")
