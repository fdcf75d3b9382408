"""Servers that are right call by call, and have bugs that appear only after an earlier call."""

from collections.abc import Callable, Hashable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import Proper, answer, around, first_of, key_of, on_keyed_call, on_response
from conformance.reference import Service
from conformance.reference.idempotency import Record
from conformance.reference.model import Account, Generation, Order, UploadOrder
from conformance.reference.request import Request
from conformance.reference.response import Response

Key = tuple[str, str, str | None]
"""Account, operation and idempotency key."""


def _forget(service: Service, when: Callable[[Key, Record], bool]) -> None:
    """Take away the keys of generate for which this holds."""
    records: dict[Hashable, Record] = service.parts.idempotency.records
    for key in [key for key in records if isinstance(key, tuple) and key[1] == "generate" and when(key, records[key])]:
        del records[key]


def _before_each(service: Service, act: Callable[[Request, object], object]) -> None:
    """Something is done before a call of generate with a key is looked up."""

    def acting(once: Proper, request: Request, content: object, make: Proper) -> Any:
        act(request, content)
        return once(request, content, make)

    on_keyed_call(service, acting)


@breaks("IDEM-2", also={"IDEM-5": "the key that another customer used meanwhile is not known any more, later on"})
def the_last_to_use_a_key_owns_it(service: Service) -> None:
    """There is one row for each key, with the account in it: the second customer's call overwrites the first one's."""

    def take_over(request: Request, _: object) -> None:
        _forget(service, lambda key, _: key[2] == key_of(request) and key[0] != request.caller.name)

    _before_each(service, take_over)


@breaks("IDEM-2", also={"IDEM-5": "so are those of what has ended"})
def an_upload_forgets_the_keys(service: Service) -> None:
    """Keys are kept in the account's session, and an upload begins another: editors of images pay twice."""

    def reserve(proper: Proper, account: Account, order: UploadOrder) -> Any:
        _forget(service, lambda key, _: key[0] == account.name)
        return proper(account, order)

    around(service.parts.bucket, "reserve", reserve)


@breaks("IDEM-5", also={"IDEM-8": "any other body is a first call with its key"})
def an_edit_is_forgotten_with_its_inputs(service: Service) -> None:
    """Input images are cleaned up when the edit is over, and its key with them: a late repeat pays again."""

    def forget(generation: Generation) -> None:
        _forget(service, lambda _, record: record.result is generation and generation.order.type == "edit")

    service.parts.ended.append(forget)


@breaks(
    "IDEM-2",
    also={"IDEM-5": "a key that is free stays so", "IDEM-8": "and any other body is a first call with it"},
)
def an_invalid_call_frees_its_key(service: Service) -> None:
    """The error path rolls back what it did not write: a client with a bug in its retry pays twice."""

    def roll_back(request: Request, response: Response) -> Response:
        scope = service.parts.idempotency.scope(request)
        _forget(service, lambda key, _: key == scope)
        return response

    on_response(service, answer("generate", 400, to=lambda request: request.account), roll_back)


@breaks("IDEM-5")
def what_was_given_back_is_swept(service: Service) -> None:
    """Rows of generations that came to nothing are swept by the next call: their repeats start them again."""

    def sweep(request: Request, _: object) -> None:
        own = service.parts.idempotency.scope(request)
        _forget(
            service,
            lambda key, record: (
                key != own
                and key[0] == request.caller.name
                and getattr(record.result, "status", "") in {"blocked", "failed"}
            ),
        )

    _before_each(service, sweep)


@breaks("GEN-2")
def bytes_go_to_the_latest_upload(service: Service) -> None:
    """An account has one pending upload: of two files chosen together, the first is lost."""
    bucket = service.parts.bucket

    def put(proper: Proper, key: str, content: bytes) -> None:
        owner = bucket.uploads[key].account if key in bucket.uploads else None
        own = [known for known, upload in bucket.uploads.items() if upload.account == owner]
        proper(own[-1] if own else key, content)

    around(bucket, "put", put)


@breaks("IDEM-8")
def an_edit_under_a_used_key_is_another_call(service: Service) -> None:
    """Only the fields of text2img are compared: a retry to which an image was added is paid for."""

    def free(request: Request, content: object) -> None:
        first = first_of(service, request)
        if first and isinstance(content, Order) and (first.order.type, content.type) == ("text2img", "edit"):
            del service.parts.idempotency.records[service.parts.idempotency.scope(request)]

    _before_each(service, free)


@breaks(
    "IDEM-12",
    also={
        "GEN-42": "it is over already when it is answered",
        "GEN-46": "of a call that is not looked at no prompt is refused",
    },
)
def what_was_given_back_is_taken_up_again(service: Service) -> None:
    """The next call is meant as another try of what came to nothing: whoever asks for something else never gets it."""
    taken_up = set[str]()

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        last = next((made for made in reversed(service.parts.generations.values()) if made.account == account), None)
        if last is None or last.status != "blocked" or last.id in taken_up:
            return await proper(account, order)
        taken_up.add(last.id)
        return last

    around(service.studio, "accept", accept)


@breaks("LIFE-26")
def a_shared_key_opens_the_record(service: Service) -> None:
    """Whoever has a row with the idempotency key is taken for its owner: who counts from one sees others' images."""
    records = service.parts.idempotency.records

    def find(proper: Proper, account: Account, generation_id: str) -> Any:
        generation = service.parts.generations.get(generation_id)
        keys = [(*key, record) for key, record in records.items() if isinstance(key, tuple)]
        shared = {key for _, _, key, record in keys if generation and record.result is generation}
        opened = any(owner == account.name and key in shared for owner, _, key, _ in keys)
        return generation if generation and opened else proper(account, generation_id)

    around(service.studio, "find", find)
