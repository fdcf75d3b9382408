"""Servers whose state is right until something else happened: two or three calls in a certain order reveal it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    Object,
    Proper,
    When,
    answer,
    around,
    authorization_of,
    before_repeat,
    first_of,
    key_of,
    on_keyed_call,
    on_record,
    on_response,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError, not_found
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response

OVER = frozenset({"succeeded", "failed", "blocked"})


def _seen(service: Service, when: When, act: Callable[[Request, Response], object]) -> None:
    """Something is done when an answer goes out, which stays as it is."""

    def pass_on(request: Request, response: Response) -> Response:
        act(request, response)
        return response

    on_response(service, when, pass_on)


def _of(service: Service, account: Account, when: Callable[[Generation], bool] = lambda _: True) -> list[Generation]:
    """The generations of an account of which this holds, oldest first."""
    return [made for made in service.parts.generations.values() if made.account == account and when(made)]


def _is_over(generation: Generation) -> bool:
    return generation.status in OVER


def _refused(service: Service, status: int, act: Callable[[Request, Generation], object]) -> None:
    """Something is done with the first generation of a key, when another call with it is refused."""

    def acting(request: Request, _: Response) -> None:
        if first := key_of(request) and first_of(service, request):
            act(request, first)

    _seen(service, answer("generate", status, to=lambda request: request.account), acting)


@breaks("LIFE-8")
def a_repeat_of_an_ended_edit_ends_it_again(service: Service) -> None:
    """A repeat of an edit goes through the cache of results, which notes an end: its time is another afterwards."""

    def end(generation: Generation, _: object) -> None:
        if generation.order.type == "edit" and generation.completed_at is not None:
            generation.completed_at += 1

    before_repeat(service, end)


@breaks("LIFE-8")
def a_refused_change_of_an_edit_is_kept(service: Service) -> None:
    """The order is written before bodies are compared: a finished edit tells sides that its image does not have."""

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        record = service.parts.idempotency.records.get(service.parts.idempotency.scope(request))
        if record and record.content != content and record.result.order.type == "edit" and isinstance(content, Order):
            record.result.order = replace(record.result.order, size=content.size)
        return await proper(request, content, make)

    on_keyed_call(service, once)


@breaks("LIFE-8")
def an_invalid_call_explains_the_block(service: Service) -> None:
    """The error path writes to the record of the key: a client reads that its blocked prompt asked for too many."""

    def explain(_: Request, first: Generation) -> None:
        if first.status == "blocked":
            first.error = "The body of this call is invalid."

    _refused(service, 400, explain)


@breaks("IDEM-10")
def a_key_stays_blocked_for_everybody(service: Service) -> None:
    """Verdicts of moderation are cached by key alone: another customer who counts from one is refused for it."""

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        for key, record in service.parts.idempotency.records.items():
            theirs = isinstance(key, tuple) and key[0] != request.caller.name and key[2] == key_of(request)
            if theirs and getattr(record.result, "status", "") == "blocked":
                raise ApiError(422, "content_policy", "The content policy refuses this prompt.")
        return await proper(request, content, make)

    on_keyed_call(service, once)


@breaks("LIFE-11")
def what_is_at_work_takes_the_latest_type(service: Service) -> None:
    """The type is kept with the account's job: a text that is at work when an edit comes is shown as an edit."""

    def shown(generation: Generation, record: Object) -> Object:
        at_work = _of(service, generation.account, lambda made: not _is_over(made))
        return record | {"type": at_work[-1].order.type} if generation in at_work else record

    on_record(service, shown)


@breaks("LIFE-11")
def an_added_image_makes_it_an_edit(service: Service) -> None:
    """Type and images are written before bodies are compared: the refused change is what the record shows."""

    def write(generation: Generation, content: object) -> None:
        if isinstance(content, Order) and content.type == "edit":
            generation.order = replace(generation.order, type="edit")

    before_repeat(service, write)


@breaks("IDEM-2", also={"IDEM-5": "and so it is when it is over"})
def an_invalid_change_is_the_keys_answer(service: Service) -> None:
    """The latest answer is cached under the key: after one mistake in a retry, every proper one is told of it."""
    invalid = dict[object, bool]()
    scope = service.parts.idempotency.scope

    def note(request: Request, _: Generation) -> None:
        invalid[scope(request)] = True

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        if invalid.get(scope(request)):
            raise ApiError(400, "invalid_body", "This call is invalid: n is too many.")
        return await proper(request, content, make)

    _refused(service, 400, note)
    on_keyed_call(service, once)


@breaks("OUT-7")
def a_missed_poll_hides_the_next_image(service: Service) -> None:
    """Misses are counted by the account, whatever was missed: the image after an unknown id is not found."""
    missed = set[str]()

    def image(request: Request, proper: Response) -> Response:
        found = service.parts.generations.get(request.params["id"])
        if found is None or found.account.name not in missed:
            return proper
        missed.discard(found.account.name)
        return not_found("image").response()

    def poll(request: Request, response: Response) -> None:
        (missed.add if response.status == 404 else missed.discard)(request.caller.name)

    _seen(service, answer("generation", to=lambda request: request.account), poll)
    on_response(service, answer("image", 200), image)


@breaks("OUT-11")
def a_refused_change_paints_the_image_again(service: Service) -> None:
    """The cache of images is cleared before bodies are compared: an image of the refused change takes its place."""
    painter = service.parts.painter
    repainted = set[str]()

    def clear(generation: Generation, content: object) -> None:
        if isinstance(content, Order) and content.size != generation.order.size and _is_over(generation):
            repainted.add(generation.id)

    def picture(proper: Proper, generation: Generation, index: int, kind: Any) -> bytes:
        other = replace(generation, order=replace(generation.order, prompt=f"{generation.order.prompt} again"))
        return bytes(
            painter.paint(other, index, kind) if generation.id in repainted else proper(generation, index, kind)
        )

    before_repeat(service, clear)
    around(painter, "picture", picture)


@breaks("LIFE-20")
def an_invalid_change_begins_it_anew(service: Service) -> None:
    """Every call with a key touches its row, an invalid one as well: createdAt is the time of the last mistake."""

    def touch(_: Request, first: Generation) -> None:
        if not _is_over(first):
            first.created_at += 1

    _refused(service, 400, touch)


@breaks("LIFE-1", also={"OUT-7": "images go with their records"})
def a_delete_without_a_match_deletes_all(service: Service) -> None:
    """The condition is dropped when no row has the id: one slip of a script, and all finished work is not found."""

    def delete(request: Request, _: Response) -> None:
        if request.params["id"] not in service.parts.generations:
            for made in _of(service, request.caller, _is_over):
                del service.parts.generations[made.id]

    deletes = answer("generation", 405, to=lambda request: request.account and request.method == "DELETE")
    _seen(service, deletes, delete)


@breaks("IDEM-5")
def a_wrong_key_ends_the_session(service: Service) -> None:
    """Sessions go by the beginning of the key: after anybody's 401 with it, the next repeat of old work pays again."""
    ended = set[str]()

    def end(request: Request, _: Response) -> None:
        sent = authorization_of(request).removeprefix("Bearer ")
        ended.update(
            account.name for account in service.parts.accounts.values() if sent[: len(account.key)] == account.key
        )

    def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        first, lost = first_of(service, request), request.caller.name in ended
        ended.discard(request.caller.name)
        return make() if first and lost and _is_over(first) else proper(request, content, make)

    _seen(service, answer("generate", 401), end)
    on_keyed_call(service, once)


@breaks("IDEM-13")
def a_call_after_a_repeat_has_its_key(service: Service) -> None:
    """The key is kept until the account polls again: right after a repeat, a call without one is taken for another."""
    kept = dict[str, Generation]()

    async def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        last = kept.pop(request.caller.name, None)
        if request.route != "generate" or (key_of(request) == "" and last is None):
            return await proper(request, content, make)
        first = first_of(service, request)
        if first and first.fate and not _is_over(first):
            kept[request.caller.name] = first
        return await proper(request, content, make) if key_of(request) else last

    around(service.parts.idempotency, "once", once)
    _seen(service, answer("generation"), lambda request, _: request.account and kept.pop(request.account.name, None))
