"""Servers on which a repeat is another call, or another customer's call a repeat."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ANY,
    Change,
    Proper,
    answer,
    around,
    becomes_refusal,
    before_repeat,
    first_of,
    key_of,
    made_anew,
    on_keyed_call,
    on_repeat,
    on_response,
    on_result,
    refuse_while_unanswered,
    status_becomes,
    with_members,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response

UNDOCUMENTED = {"API-4": "201 is no documented status"}
OF_ANOTHER = {"IDEM-11": "the record names the generation", "GEN-42": "which is not queued any more"}


def _on_accepted_repeat(service: Service, change: Change, of: Callable[[Generation], bool] = lambda _: True) -> None:
    """Change the answer to a repeat with the same body, when this holds of the first call's generation."""

    def changed(request: Request, response: Response) -> Any:
        first = first_of(service, request)
        return change(request, response) if first and of(first) else response

    on_repeat(service, changed, 202)


def _over(generation: Generation) -> bool:
    return generation.completed_at is not None


def _draft(order: Order) -> bool:
    return order.type == "text2img" and order.quality == "low" and order.n == 1


@breaks("IDEM-1")
def long_keys_are_refused(service: Service) -> None:
    """The column is as wide as a UUID: whoever puts a prefix before one cannot call at all."""

    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if len(key_of(request)) > 36:
            raise ApiError(400, "idempotency_key", "The Idempotency-Key is too long for this prompt, n or size.")
        return once(request, content, make)

    on_keyed_call(service, refuse)


@breaks("IDEM-2", "IDEM-5", "IDEM-6", "IDEM-8", also={"IDEM-9": "what is new is paid for"})
def keys_are_ignored(service: Service) -> None:
    """The header is not read: a client that repeats a call after a broken connection pays twice."""
    on_keyed_call(service, lambda once, request, content, make: make())


@breaks("IDEM-2", "IDEM-5", "IDEM-7")
def a_repeat_is_a_conflict(service: Service) -> None:
    """The unique index's error is the answer: a client whose connection broke never learns the id it paid for."""
    _on_accepted_repeat(service, becomes_refusal(409, "This key was used."))


@breaks("IDEM-2")
def a_repeat_at_work_is_a_conflict(service: Service) -> None:
    """The existing record is found only once it is over: after a broken connection a running job cannot be found."""
    _on_accepted_repeat(service, becomes_refusal(409, "The first call is at work."), lambda first: not _over(first))


@breaks("IDEM-2", "IDEM-5", "IDEM-7", also=UNDOCUMENTED)
def a_repeat_is_answered_201(service: Service) -> None:
    """The look-up answers in the framework's words for an insert: clients take the record for something new."""
    _on_accepted_repeat(service, status_becomes(201))


@breaks("IDEM-2", "IDEM-5", "IDEM-6", also={"LIFE-1": "that id cannot be polled"})
def a_repeat_gets_an_id_of_its_own(service: Service) -> None:
    """The answer tells the id of the call, not of the record: clients poll what does not exist."""

    def change(request: Request, response: Response) -> Any:
        return with_members(generationId=service.parts.ids.uuid())(request, response)

    _on_accepted_repeat(service, change)


@breaks("IDEM-5", "IDEM-8", also={"IDEM-3": "what is new is paid for", "IDEM-2": "the same"})
def keys_are_forgotten_at_the_end(service: Service) -> None:
    """The key is a lock that is released with the job: a late repeat pays again."""
    made_anew(service, lambda first, _: _over(first))


@breaks("IDEM-5")
def keys_are_forgotten_after_ten_minutes(service: Service) -> None:
    """Keys are kept in a cache that expires: whoever was cut off, and comes back after a while, pays again."""
    clock = service.parts.clock
    made_anew(service, lambda first, content: first.order == content and clock.now() > first.created_at + 10 * 60)


@breaks("IDEM-4", also={"LIFE-20": "createdAt changes", "LIFE-23": "it may be after the end"})
def a_repeat_renews_the_time_of_creation(service: Service) -> None:
    """The record is written again with an upsert: sorted by date, it jumps to the top."""
    now = service.parts.clock.now
    before_repeat(
        service, lambda first, content: setattr(first, "created_at", now()) if first.order == content else None
    )


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
    """A repeat enqueues its record without a look at the status: images that were there are gone for a while."""

    def restart(first: Generation, content: object) -> None:
        if _over(first) and first.order == content:
            first.status, first.completed_at = "queued", None
            service.parts.clock.spawn(service.studio.run(first))

    before_repeat(service, restart)


@breaks("IDEM-6", along=("at-once",))
def simultaneous_repeats_are_all_served(service: Service) -> None:
    """The key is looked up, then written, with no lock in between: a double click pays twice."""

    async def unguarded(once: Proper, request: Request, content: object, make: Proper) -> Any:
        if first_of(service, request):
            return await once(request, content, make)
        await asyncio.sleep(0.01)
        made = await make()

        async def known() -> Any:
            return made

        await once(request, content, known)
        return made

    on_keyed_call(service, unguarded)


@breaks("IDEM-7", also={"API-4": "425 is no documented status"})
def simultaneous_repeats_are_throttled(service: Service) -> None:
    """A key that is locked is answered 425 in place of waiting: no client knows what that means."""
    refuse_while_unanswered(service, 425, "too_early")


@breaks("IDEM-8", also={"IDEM-9": "what is new is paid for"})
def another_body_is_another_call(service: Service) -> None:
    """The key is kept with a hash of the body: a client that adds a timestamp pays for every retry."""
    made_anew(service, lambda first, content: first.order != content)


@breaks("IDEM-8", also={"IDEM-9": "what is new is paid for"})
def another_body_is_another_call_after_the_end(service: Service) -> None:
    """The body is kept only as long as the job is at work: a key that is used again later pays for another image."""
    made_anew(service, lambda first, content: _over(first) and first.order != content)


@breaks("IDEM-8")
def another_size_is_another_call(service: Service) -> None:
    """Only the prompt is compared: a retry with another size is paid for."""

    def resized(first: Generation, content: object) -> bool:
        return isinstance(content, Order) and first.order.prompt == content.prompt and first.order.size != content.size

    made_anew(service, resized)


@breaks("IDEM-10", "IDEM-11", also={"GEN-42": "the other account's first call is told of a record"})
def keys_are_shared_by_all_accounts(service: Service) -> None:
    """The unique index lacks the account: two customers who count from one see each other's images."""
    on_result(service.parts.idempotency, "scope", lambda scope, _: scope[1:])


@breaks("IDEM-10")
def another_accounts_key_is_a_conflict(service: Service) -> None:
    """The unique index lacks the account, and its error is the answer: the second customer cannot call."""
    owner = dict[object, str]()

    def scope(proper: Hashable, request: Request) -> Hashable:
        if owner.setdefault(request.header("idempotency-key"), request.caller.name) != request.caller.name:
            raise ApiError(409, "conflict", "This key was used.")
        return proper

    on_result(service.parts.idempotency, "scope", scope)


@breaks("IDEM-11")
def a_refusal_tells_of_the_other_account(service: Service) -> None:
    """A note about whose key it was, meant for support, is put into the answer: it goes to another customer."""
    first = dict[str, tuple[str, str]]()

    def note(request: Request, response: Response) -> Any:
        name, made = first.setdefault(key_of(request), (request.caller.name, response.json()["generationId"]))
        return response if name == request.caller.name else with_members(collidesWith=made)(request, response)

    on_response(service, answer("generate", 202, to=key_of), note)


def _reads_keys(service: Service, change: Callable[[str], str]) -> None:
    """Keys that `change` makes equal are one."""
    on_result(service.parts.idempotency, "scope", lambda scope, _: (*scope[:2], change(scope[2] or "")))


@breaks("IDEM-12", also={"GEN-42": "the first call with the second key is told of a record"})
def keys_are_cut_off(service: Service) -> None:
    """The column is too short: keys with a common beginning are one, and the second call gets the first one's image."""
    _reads_keys(service, lambda key: key[:-1])


@breaks("IDEM-12")
def keys_are_cut_off_after_128_characters(service: Service) -> None:
    """The column is long enough for most: whoever composes keys of several names gets another's image."""
    _reads_keys(service, lambda key: key[:128])


@breaks("AUTH-1")
def a_known_key_needs_no_credential(service: Service) -> None:
    """The cache of answers stands before authentication: keys leak in logs, and the ids of generations with them."""
    known = dict[str, Response]()

    def cached(request: Request, response: Response) -> Response:
        key = key_of(request)
        if request.route == "generate" and key and response.status == 202:
            known.setdefault(key, response)
        return known.get(key, response) if response.status == 401 else response

    on_response(service, answer(ANY), cached)


@breaks("IDEM-13", also={"IDEM-12": "two long keys with one body are two repeats"})
def equal_bodies_are_repeats(service: Service) -> None:
    """The key is a hash of the body where none is given: whoever wants two variations gets the same image twice."""
    made = dict[object, Generation]()

    async def accept_once(accept: Proper, account: Account, order: Order) -> Generation:
        place = account.name, order
        if place not in made or _over(made[place]):
            made[place] = await accept(account, order)
        return made[place]

    around(service.studio, "accept", accept_once)


@breaks("IDEM-2", also=UNDOCUMENTED | {"IDEM-7": "simultaneous repeats are of a draft at work"})
def a_repeat_of_a_draft_at_work_is_answered_201(service: Service) -> None:
    """The drafts' own lane tells every call that it has created something: clients that know 202 fail on a repeat."""
    _on_accepted_repeat(service, status_becomes(201), lambda first: _draft(first.order) and not _over(first))


@breaks("IDEM-2", also=UNDOCUMENTED)
def a_repeat_of_several_images_is_answered_201(service: Service) -> None:
    """Batches are another resource to the framework: clients that know 200 and 202 fail."""
    _on_accepted_repeat(service, status_becomes(201), lambda first: first.order.n > 1)


@breaks("IDEM-2", also={"IDEM-5": "a late repeat is no different"}, along=("order",))
def edits_have_no_keys(service: Service) -> None:
    """The table of edits has no column for the key: a client that repeats an edit pays twice."""
    made_anew(service, lambda first, content: first.order == content and first.order.type == "edit")


@breaks("IDEM-2", also={"IDEM-6": "simultaneous repeats come soon as well"})
def a_draft_can_be_ordered_again_at_once(service: Service) -> None:
    """The key is written when the draft is done: a client that repeats a call after a second pays twice."""
    made_anew(service, lambda first, content: first.order == content and _draft(first.order) and not _over(first))


@breaks("IDEM-8", also=UNDOCUMENTED)
def another_body_is_answered_201(service: Service) -> None:
    """The key alone is looked up, and answered as an insert: clients take the old record for what they asked for."""

    def change(request: Request, response: Response) -> Any:
        first = first_of(service, request)
        told = response.with_json(service.parts.presenter.accepted(first)) if first else None
        return status_becomes(201)(request, told) if told else response

    on_repeat(service, change, 422)


def _on_every_accepted(service: Service, shown: Callable[[Request, Generation], Generation]) -> None:
    """An accepted call with a key is told of another generation than the one of its record."""

    def change(request: Request, response: Response) -> Response:
        made = first_of(service, request)
        if made is None:
            raise LookupError("an accepted call with a key has a record")
        return response.with_json(service.parts.presenter.accepted(shown(request, made)))

    on_response(service, answer("generate", 202, to=key_of), change)


def _oldest(service: Service, *, repeated: bool) -> None:
    """An account's first call with a key, or its repeats, are answered with the first record of any account."""
    oldest, answered = dict[str, Generation](), set[Hashable]()

    def shown(request: Request, made: Generation) -> Generation:
        scope = service.parts.idempotency.scope(request)
        first = oldest.setdefault(key_of(request), made)
        found = first if (scope in answered) is repeated else made
        answered.add(scope)
        return found

    _on_every_accepted(service, shown)


@breaks("IDEM-10", also=OF_ANOTHER, along=("account",))
def a_repeat_finds_the_oldest_record(service: Service) -> None:
    """Keys are written with the account and looked up without it: a repeat shows whoever used the key first."""
    _oldest(service, repeated=True)


@breaks(
    "IDEM-10",
    also=OF_ANOTHER | {"LIFE-26": "the id is another customer's", "IDEM-2": "a repeat is told another id"},
)
def a_first_call_finds_the_oldest_record(service: Service) -> None:
    """A replica lacks the account's own record, and the look-up takes the next best: a customer sees another's id."""
    _oldest(service, repeated=False)


@breaks("IDEM-10", also={"IDEM-5": "a late repeat finds it as well", "IDEM-11": "the record names the generation"})
def a_repeat_finds_the_newest_record(service: Service) -> None:
    """The look-up lacks the account and sorts by time: a customer's repeat shows what another has made since."""
    newest, known = dict[str, Generation](), set[str]()

    def shown(request: Request, made: Generation) -> Generation:
        if made.id not in known:
            known.add(made.id)
            newest[key_of(request)] = made
        return newest[key_of(request)]

    _on_every_accepted(service, shown)


def _conflicts(service: Service, alike: Callable[[str], str]) -> None:
    """A key is refused when another one was like it."""
    first = dict[str, str]()

    def refuse(once: Proper, request: Request, content: object, make: Proper) -> Any:
        key = key_of(request)
        if first.setdefault(alike(key), key) != key:
            raise ApiError(409, "conflict", "There is such a key.")
        return once(request, content, make)

    on_keyed_call(service, refuse)


@breaks("IDEM-12")
def similar_keys_are_a_conflict(service: Service) -> None:
    """Keys are found by their beginning: a client that counts up at their end is told 409."""
    _conflicts(service, lambda key: key[:-1])


@breaks("IDEM-12")
def long_keys_that_begin_alike_are_a_conflict(service: Service) -> None:
    """The unique index covers the first 64 characters: what a client puts before its ids uses them up."""
    _conflicts(service, lambda key: key[:64])


@breaks("IDEM-12")
def keys_in_another_case_are_a_conflict(service: Service) -> None:
    """The index ignores case and the code does not: a client with keys in base64 is refused now and then."""
    _conflicts(service, str.lower)


@breaks("IDEM-12", also={"GEN-42": "the first call with the second key is told of a record"})
def the_case_of_a_key_is_ignored_on_generate(service: Service) -> None:
    """The column's collation ignores case: two calls of a client that writes keys in base64 become one."""
    _reads_keys(service, str.lower)


@breaks(
    "IDEM-13", also={"GEN-42": "the call is told of a record", "HOOK-11": "what made no generation is not delivered"}
)
def a_key_is_left_over_for_the_next_call(service: Service) -> None:
    """The key is kept in an object that serves the next call too: a call without one is taken for a repeat, once."""
    left = dict[object, Any]()

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        keyed = request.header("idempotency-key")
        if request.route == "generate" and not keyed and (found := left.pop(content, None)):
            return found
        made = await proper(request, content, make)
        if request.route == "generate" and keyed:
            left.setdefault(content, made)
        return made

    around(service.parts.idempotency, "once", once)
