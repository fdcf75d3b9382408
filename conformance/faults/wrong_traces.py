"""Servers that are right call by call, and have bugs that appear only after an earlier call."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.idempotency import Record
from conformance.reference.model import Account, Generation, Order, UploadOrder
from conformance.reference.request import Request
from conformance.reference.response import Response

Make = Callable[[], Awaitable[Any]]
Key = tuple[str, str, str | None]
"""Account, operation and idempotency key."""


def _forget(service: Service, when: Callable[[Key, Record], bool]) -> None:
    """Take away the keys of generate for which this holds."""
    records: dict[Hashable, Record] = service.parts.idempotency.records
    for key in [key for key in records if isinstance(key, tuple) and key[1] == "generate" and when(key, records[key])]:
        del records[key]


def _before_each(service: Service, act: Callable[[Request, object], object]) -> None:
    """Something is done before a call of generate with a key is looked up."""
    idempotency = service.parts.idempotency
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        if request.route == "generate" and request.header("idempotency-key"):
            act(request, content)
        return await once(request, content, make)

    idempotency.once = around  # type: ignore[method-assign]


@breaks("IDEM-2")
def the_last_to_use_a_key_owns_it(service: Service) -> None:
    """One row for each key, with the account in it: the second customer's call overwrites the first one's."""

    def take_over(request: Request, content: object) -> None:
        _forget(service, lambda key, _: key[2] == request.header("idempotency-key") and key[0] != request.caller.name)

    _before_each(service, take_over)


@breaks("IDEM-2", also={"IDEM-5": "so are those of what has ended"})
def an_upload_forgets_the_keys(service: Service) -> None:
    """Keys are kept in the account's session, and an upload begins another: editors of images pay twice."""
    bucket = service.parts.bucket
    reserve = bucket.reserve

    def forgetful(account: Account, order: UploadOrder) -> str:
        _forget(service, lambda key, _: key[0] == account.name)
        return reserve(account, order)

    bucket.reserve = forgetful  # type: ignore[method-assign]


@breaks("IDEM-5")
def an_edit_is_forgotten_with_its_inputs(service: Service) -> None:
    """Input images are cleaned up when the edit is over, and its key with them."""

    def forget(generation: Generation) -> None:
        _forget(service, lambda _, record: record.result is generation and generation.order.type == "edit")

    service.parts.ended.append(forget)


@breaks("IDEM-2")
def an_invalid_call_frees_its_key(service: Service) -> None:
    """The error path rolls back what it did not write: a client with a bug in its retry pays twice."""

    def roll_back(request: Request, response: Response) -> Response:
        if request.route == "generate" and request.account and response.status == 400:
            scope = service.parts.idempotency.scope(request)
            _forget(service, lambda key, _: key == scope)
        return response

    service.rewriters.append(roll_back)


@breaks("IDEM-5")
def what_was_given_back_is_swept(service: Service) -> None:
    """Rows of generations that came to nothing are swept by the next call: their repeats start them again."""

    def sweep(request: Request, content: object) -> None:
        proper = service.parts.idempotency.scope(request)
        _forget(service, lambda key, record: key != proper and key[0] == request.caller.name and _in_vain(record))

    _before_each(service, sweep)


def _in_vain(record: Record) -> bool:
    return isinstance(record.result, Generation) and record.result.status in {"blocked", "failed"}


@breaks("GEN-2")
def bytes_go_to_the_latest_upload(service: Service) -> None:
    """One pending upload for each account: of two files chosen together, the first is lost."""
    bucket = service.parts.bucket
    put = bucket.put

    def latest(key: str, content: bytes) -> None:
        owner = bucket.uploads[key].account if key in bucket.uploads else None
        own = [known for known, upload in bucket.uploads.items() if upload.account == owner]
        put(own[-1] if own else key, content)

    bucket.put = latest  # type: ignore[method-assign]


@breaks("IDEM-8")
def an_edit_under_a_used_key_is_another_call(service: Service) -> None:
    """Only the fields of text2img are compared: a retry to which an image was added is paid for."""

    def free(request: Request, content: object) -> None:
        scope = service.parts.idempotency.scope(request)
        _forget(service, lambda key, record: key == scope and _types(record.content, content) == ("text2img", "edit"))

    _before_each(service, free)


def _types(*orders: object) -> tuple[str, ...]:
    return tuple(order.type for order in orders if isinstance(order, Order))


@breaks("IDEM-12", also={"GEN-42": "it is over already when it is answered"})
def what_was_given_back_is_taken_up_again(service: Service) -> None:
    """The next call is meant as another try of what came to nothing: whoever asks for something else never gets it."""
    accept, taken_up = service.studio.accept, set[str]()

    async def accept_or_take_up(account: Account, order: Order) -> Generation:
        last = next((made for made in reversed(service.parts.generations.values()) if made.account == account), None)
        if last is None or last.status != "blocked" or last.id in taken_up:
            return await accept(account, order)
        taken_up.add(last.id)
        return last

    service.studio.accept = accept_or_take_up  # type: ignore[method-assign]


@breaks("LIFE-26")
def a_shared_key_opens_the_record(service: Service) -> None:
    """Whoever has a row with the idempotency key is taken for its owner."""
    find, records = service.studio.find, service.parts.idempotency.records

    def found(account: Account, generation_id: str) -> Generation:
        generation = service.parts.generations.get(generation_id)
        keys = [(*key, record) for key, record in records.items() if isinstance(key, tuple)]
        shared = {key for _, _, key, record in keys if generation and record.result is generation}
        opened = any(owner == account.name and key in shared for owner, _, key, _ in keys)
        return generation if generation and opened else find(account, generation_id)

    service.studio.find = found  # type: ignore[method-assign]
