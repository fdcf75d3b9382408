"""Servers on which a repeat is another call, or another customer's call a repeat."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import on_repeat, with_members
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response

Make = Callable[[], Awaitable[Any]]
Once = Callable[[Request, object, Make], Awaitable[Any]]


def _around(service: Service, wrap: Callable[[Once], Once]) -> None:
    """Replace what is done with a key on generate."""
    idempotency = service.parts.idempotency
    once = idempotency.once
    around = wrap(once)

    async def chosen(request: Request, content: object, make: Make) -> Any:
        keyed = request.route == "generate" and request.header("idempotency-key")
        return await (around if keyed else once)(request, content, make)

    idempotency.once = chosen  # type: ignore[method-assign]


def _first(service: Service, request: Request) -> Generation | None:
    record = service.parts.idempotency.records.get(service.parts.idempotency.scope(request))
    return record.result if record else None


def _anew(service: Service, when: Callable[[Generation, object], bool]) -> None:
    """A repeat makes a new generation when this holds of the first one and the new order."""

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            first = _first(service, request)
            return await make() if first and when(first, content) else await once(request, content, make)

        return around

    _around(service, wrap)


def _on_accepted_repeat(service: Service, change: Callable[[Request, Response], Response]) -> None:
    """Change the answer to a repeat with the same body."""
    on_repeat(service, lambda request, response: change(request, response) if response.status == 202 else response)


def _over(generation: Generation) -> bool:
    return generation.completed_at is not None


@breaks("IDEM-1")
def long_keys_are_refused(service: Service) -> None:
    """A column of 36 characters: whoever prefixes a UUID cannot call at all."""

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            if len(request.header("idempotency-key") or "") > 36:
                raise ApiError(400, "idempotency_key", "The Idempotency-Key is too long for this prompt, n or size.")
            return await once(request, content, make)

        return around

    _around(service, wrap)


@breaks("IDEM-2", "IDEM-5", "IDEM-6", "IDEM-8", also={"IDEM-9": "what is new is paid for"})
def keys_are_ignored(service: Service) -> None:
    """A client that repeats a call after a broken connection pays twice."""
    _around(service, lambda once: lambda request, content, make: make())


@breaks("IDEM-2", "IDEM-5", "IDEM-7")
def a_repeat_is_a_conflict(service: Service) -> None:
    """409 for ever: a client whose connection broke never learns the id of what it paid for."""

    def refuse(request: Request, response: Response) -> Response:
        return replace(ApiError(409, "conflict", "This key was used.").response(), headers=response.headers)

    _on_accepted_repeat(service, refuse)


@breaks("IDEM-2")
def a_repeat_at_work_is_a_conflict(service: Service) -> None:
    """The existing record is given only once it is over: a broken connection is a job that cannot be found."""

    def refuse(request: Request, response: Response) -> Response:
        first = _first(service, request)
        told = replace(ApiError(409, "conflict", "The first call is at work.").response(), headers=response.headers)
        return told if first and not _over(first) else response

    _on_accepted_repeat(service, refuse)


@breaks("IDEM-2", "IDEM-5", "IDEM-7", also={"API-4": "201 is no documented status"})
def a_repeat_is_answered_201(service: Service) -> None:
    """Clients take it for something new."""
    _on_accepted_repeat(service, lambda request, response: replace(response, status=201))


@breaks("IDEM-2", "IDEM-5", "IDEM-6", also={"LIFE-1": "that id cannot be polled"})
def a_repeat_gets_an_id_of_its_own(service: Service) -> None:
    """The existing generation is told under the id of the call."""
    _on_accepted_repeat(
        service, lambda request, response: with_members(generationId=service.parts.ids.uuid())(response)
    )


@breaks("IDEM-5", "IDEM-8", also={"IDEM-3": "what is new is paid for", "IDEM-2": "the same"})
def keys_are_forgotten_at_the_end(service: Service) -> None:
    """The key is unlocked with the job: a late repeat pays again."""
    _anew(service, lambda first, content: _over(first))


@breaks("IDEM-5")
def keys_are_forgotten_after_ten_minutes(service: Service) -> None:
    """The table is a cache: whoever was cut off, and comes back after a while, pays for the same image again."""
    clock = service.parts.clock
    _anew(service, lambda first, content: first.order == content and clock.now() > first.created_at + 600)


@breaks("IDEM-4", also={"LIFE-20": "createdAt changes", "LIFE-23": "it may be after the end"})
def a_repeat_renews_the_time_of_creation(service: Service) -> None:
    """The record is written again: sorted by date, it jumps to the top."""
    _touched(service, lambda first: setattr(first, "created_at", service.parts.clock.now()))


@breaks(
    "IDEM-4",
    also={
        "LIFE-7": "the record goes back",
        "LIFE-8": "the same",
        "LIFE-6": "the same",
        "LIFE-14": "one that had failed starts with its error",
    },
)
def a_repeat_starts_an_ended_generation_again(service: Service) -> None:
    """Machines work twice for one payment, and images that were there are gone for a while."""

    def restart(first: Generation) -> None:
        if _over(first):
            first.status, first.completed_at = "queued", None
            service.parts.clock.spawn(service.studio.run(first))

    _touched(service, restart)


def _touched(service: Service, touch: Callable[[Generation], object]) -> None:
    """A repeat does something to the generation."""

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            first = _first(service, request)
            if first and first.order == content:
                touch(first)
            return await once(request, content, make)

        return around

    _around(service, wrap)


@breaks("IDEM-6")
def simultaneous_repeats_are_all_served(service: Service) -> None:
    """Looked up, then written, with nothing in between to stop the others: a double click pays twice."""

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            if _first(service, request):
                return await once(request, content, make)
            await asyncio.sleep(0.01)
            made = await make()

            async def known() -> Any:
                return made

            await once(request, content, known)
            return made

        return around

    _around(service, wrap)


@breaks("IDEM-7", also={"API-4": "425 is no documented status"})
def simultaneous_repeats_are_throttled(service: Service) -> None:
    """A duplicate of an unanswered call is told 425: no client knows what that means."""
    under_way = set[Hashable]()

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            scope = service.parts.idempotency.scope(request)
            if scope in under_way:
                raise ApiError(425, "too_early", "The first call is not answered yet.")
            under_way.add(scope)
            try:
                await asyncio.sleep(0.05)
                return await once(request, content, make)
            finally:
                under_way.discard(scope)

        return around

    _around(service, wrap)


@breaks("IDEM-8", also={"IDEM-9": "what is new is paid for"})
def another_body_is_another_call(service: Service) -> None:
    """The key is kept with a hash of the body: a client that adds a timestamp pays for every retry."""
    _anew(service, lambda first, content: first.order != content)


@breaks("IDEM-8", also={"IDEM-9": "what is new is paid for"})
def another_body_is_another_call_after_the_end(service: Service) -> None:
    """The body is compared as long as the job is at work."""
    _anew(service, lambda first, content: _over(first) and first.order != content)


@breaks("IDEM-8")
def another_size_is_another_call(service: Service) -> None:
    """Only the prompt is compared."""

    def resized(first: Generation, content: object) -> bool:
        return isinstance(content, Order) and first.order.prompt == content.prompt and first.order.size != content.size

    _anew(service, resized)


def _scope(service: Service, scope: Callable[[Request], Hashable]) -> None:
    service.parts.idempotency.scope = scope  # type: ignore[method-assign,assignment]


@breaks("IDEM-10", "IDEM-11", also={"GEN-42": "the other account's first call is told of a record"})
def keys_are_shared_by_all_accounts(service: Service) -> None:
    """Two customers who count from one see each other's images."""
    _scope(service, lambda request: (request.route, request.header("idempotency-key")))


@breaks("IDEM-10")
def another_accounts_key_is_a_conflict(service: Service) -> None:
    """Nothing is disclosed, but the second customer cannot call."""
    proper, owner = service.parts.idempotency.scope, dict[object, str]()

    def scope(request: Request) -> Hashable:
        if owner.setdefault(request.header("idempotency-key"), request.caller.name) != request.caller.name:
            raise ApiError(409, "conflict", "This key was used.")
        return proper(request)

    _scope(service, scope)


@breaks("IDEM-11")
def a_refusal_tells_of_the_other_account(service: Service) -> None:
    """A header-like note about whose key it was, meant for support, goes to another customer."""
    first = dict[object, tuple[str, str]]()

    def note(request: Request, response: Response) -> Response:
        key = request.header("idempotency-key")
        if request.route != "generate" or not key or response.status != 202 or request.account is None:
            return response
        name, made = first.setdefault(key, (request.account.name, response.json()["generationId"]))
        return response if name == request.account.name else with_members(collidesWith=made)(response)

    service.rewriters.append(note)


@breaks("IDEM-12", also={"GEN-42": "the first call with the second key is told of a record"})
def keys_are_cut_off(service: Service) -> None:
    """A column that is too short: keys with a common beginning are one."""
    proper = service.parts.idempotency.scope
    _scope(service, lambda request: (proper(request)[0], request.route, (request.header("idempotency-key") or "")[:-1]))  # type: ignore[index]


@breaks("IDEM-12")
def keys_are_cut_off_after_128_characters(service: Service) -> None:
    """A column that is long enough for most: whoever composes keys of several names gets another's image."""
    proper = service.parts.idempotency.scope
    _scope(service, lambda request: (*proper(request)[:2], (request.header("idempotency-key") or "")[:128]))  # type: ignore[index]


@breaks("AUTH-1")
def a_known_key_needs_no_credential(service: Service) -> None:
    """Repeats are answered from a cache that stands before authentication: keys leak in logs, and ids with them."""
    known = dict[str, Response]()

    def cached(request: Request, response: Response) -> Response:
        key = request.header("idempotency-key") or ""
        if request.route == "generate" and key and response.status == 202:
            known.setdefault(key, response)
        return known.get(key, response) if response.status == 401 else response

    service.rewriters.append(cached)


@breaks("IDEM-13", also={"IDEM-12": "two long keys with one body are two repeats"})
def equal_bodies_are_repeats(service: Service) -> None:
    """Whoever wants two variations of one prompt gets the same image twice."""
    accept, made = service.studio.accept, dict[object, Generation]()

    async def accept_once(account: Any, order: Order) -> Generation:
        place = account.name, order
        if place not in made or _over(made[place]):
            made[place] = await accept(account, order)
        return made[place]

    service.studio.accept = accept_once  # type: ignore[method-assign]


def _draft(order: Order) -> bool:
    return order.type == "text2img" and order.quality == "low" and order.n == 1


def _other_status(service: Service, which: Callable[[Generation], bool]) -> None:
    """A repeat is answered 201 when this holds of the first call's generation."""

    def change(request: Request, response: Response) -> Response:
        first = _first(service, request)
        return replace(response, status=201) if first and which(first) else response

    _on_accepted_repeat(service, change)


UNDOCUMENTED = {"API-4": "201 is no documented status"}


@breaks("IDEM-2", also=UNDOCUMENTED | {"IDEM-7": "simultaneous repeats are of a draft at work"})
def a_repeat_of_a_draft_at_work_is_answered_201(service: Service) -> None:
    """Drafts have a lane of their own, whose code tells every call that it has created something."""
    _other_status(service, lambda first: _draft(first.order) and not _over(first))


@breaks("IDEM-2", also=UNDOCUMENTED)
def a_repeat_of_several_images_is_answered_201(service: Service) -> None:
    """Batches are another resource to the framework: clients that know 200 and 202 fail."""
    _other_status(service, lambda first: first.order.n > 1)


@breaks("IDEM-2", also={"IDEM-5": "a late repeat is no different"})
def edits_have_no_keys(service: Service) -> None:
    """The table of edits has no column for it: a client that repeats one pays twice."""
    _anew(service, lambda first, content: first.order == content and first.order.type == "edit")


@breaks("IDEM-2", also={"IDEM-6": "simultaneous repeats come soon as well"})
def a_draft_can_be_ordered_again_at_once(service: Service) -> None:
    """The key is written when the draft is done: a client that repeats a call after a second pays twice."""
    _anew(service, lambda first, content: first.order == content and _draft(first.order) and not _over(first))


@breaks("IDEM-8", also=UNDOCUMENTED)
def another_body_is_answered_201(service: Service) -> None:
    """The existing record, in the words of a new one: clients take it for what they asked for."""

    def change(request: Request, response: Response) -> Response:
        first = _first(service, request)
        told = service.parts.presenter.accepted(first) if first else None
        return replace(response, status=201).with_json(told) if told and response.status == 422 else response

    on_repeat(service, change)


OF_ANOTHER = {"IDEM-11": "the record names the generation", "GEN-42": "which is not queued any more"}


@breaks("IDEM-10", also=OF_ANOTHER)
def a_repeat_finds_the_oldest_record(service: Service) -> None:
    """Written with the account and looked up without it: a repeat shows whoever used the key first."""
    _oldest(service, repeated=True)


@breaks("IDEM-10", also=OF_ANOTHER)
def a_first_call_finds_the_oldest_record(service: Service) -> None:
    """The account's own record is not in the replica yet, and the look-up takes the next best."""
    _oldest(service, repeated=False)


def _oldest(service: Service, *, repeated: bool) -> None:
    """An account's first call with a key, or its repeats, are answered with the first record of any account."""
    oldest, answered = dict[str, Generation](), set[Hashable]()

    def change(request: Request, response: Response) -> Response:
        made, scope = _must(service, request), service.parts.idempotency.scope(request)
        first = oldest.setdefault(request.header("idempotency-key") or "", made)
        shown = first if (scope in answered) is repeated else made
        answered.add(scope)
        return response.with_json(service.parts.presenter.accepted(shown))

    _on_every_accepted(service, change)


@breaks("IDEM-10", also={"IDEM-5": "a late repeat finds it as well", "IDEM-11": "the record names the generation"})
def a_repeat_finds_the_newest_record(service: Service) -> None:
    """The same, sorted the other way: the first customer's repeat shows what another has made since."""
    newest = dict[str, Generation]()

    def change(request: Request, response: Response) -> Response:
        key, made = request.header("idempotency-key") or "", _must(service, request)
        if made.id not in known:
            known.add(made.id)
            newest[key] = made
        return response.with_json(service.parts.presenter.accepted(newest[key]))

    known = set[str]()
    _on_every_accepted(service, change)


def _must(service: Service, request: Request) -> Generation:
    found = _first(service, request)
    if found is None:
        raise LookupError("an accepted call with a key has a record")
    return found


def _on_every_accepted(service: Service, change: Callable[[Request, Response], Response]) -> None:
    """Change the answer to an accepted call with a key."""

    def rewrite(request: Request, response: Response) -> Response:
        keyed = request.route == "generate" and request.header("idempotency-key") and response.status == 202
        return change(request, response) if keyed else response

    service.rewriters.append(rewrite)


@breaks("IDEM-12")
def similar_keys_are_a_conflict(service: Service) -> None:
    """Keys are found by their beginning: who counts up at their end is told 409."""
    _conflicts(service, lambda key: key[:-1])


@breaks("IDEM-12")
def long_keys_that_begin_alike_are_a_conflict(service: Service) -> None:
    """A unique index over the first 64 characters: what a client puts before its ids uses them up."""
    _conflicts(service, lambda key: key[:64])


@breaks("IDEM-12")
def keys_in_another_case_are_a_conflict(service: Service) -> None:
    """An index that ignores case refuses what the code takes for new."""
    _conflicts(service, str.lower)


def _conflicts(service: Service, alike: Callable[[str], str]) -> None:
    """A key is refused when another one was like it."""
    first = dict[str, str]()

    def wrap(once: Once) -> Once:
        async def around(request: Request, content: object, make: Make) -> Any:
            key = request.header("idempotency-key") or ""
            if first.setdefault(alike(key), key) != key:
                raise ApiError(409, "conflict", "There is such a key.")
            return await once(request, content, make)

        return around

    _around(service, wrap)


@breaks("IDEM-12", also={"GEN-42": "the first call with the second key is told of a record"})
def the_case_of_a_key_is_ignored_on_generate(service: Service) -> None:
    """A collation that ignores case: two calls of a client that writes keys in base64 become one."""
    proper = service.parts.idempotency.scope
    _scope(service, lambda request: (*proper(request)[:2], (request.header("idempotency-key") or "").lower()))  # type: ignore[index]


@breaks(
    "IDEM-13", also={"GEN-42": "the call is told of a record", "HOOK-11": "what made no generation is not delivered"}
)
def a_key_is_left_over_for_the_next_call(service: Service) -> None:
    """A client object that is used again keeps its headers: a call without a key is taken for a repeat, once."""
    idempotency = service.parts.idempotency
    once, left = idempotency.once, dict[object, Any]()

    async def around(request: Request, content: object, make: Make) -> Any:
        keyed = request.header("idempotency-key")
        if request.route == "generate" and not keyed and (found := left.pop(content, None)):
            return found
        made = await once(request, content, make)
        if request.route == "generate" and keyed:
            left.setdefault(content, made)
        return made

    idempotency.once = around  # type: ignore[method-assign]
