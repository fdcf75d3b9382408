"""Conformant servers that answer a repeat in another way."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import on_repeat
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response

Make = Callable[[], Awaitable[Any]]


def _record(service: Service, request: Request) -> dict[str, Any]:
    record = service.parts.idempotency.records[service.parts.idempotency.scope(request)]
    return service.parts.presenter.record(record.result)


@permitted("R12", "R17")
def ids_are_counted(service: Service) -> None:
    """Chosen by servers with a plain database: the first generation is 1, the next 2."""
    numbers = itertools.count(1)
    accept = service.studio.accept

    async def numbered(account: Account, order: Order) -> Generation:
        made = await accept(account, order)
        del service.parts.generations[made.id]
        made.id = str(next(numbers))
        service.parts.generations[made.id] = made
        return made

    service.studio.accept = numbered  # type: ignore[method-assign]


@permitted("R10")
def a_repeat_is_answered_200(service: Service) -> None:
    """Chosen by servers that tell what is new from what is not."""
    on_repeat(service, lambda request, r: replace(r, status=200) if r.status == 202 else r)


@permitted("R10")
def a_repeat_is_answered_with_the_record(service: Service) -> None:
    """Chosen by servers that read the documentation to the letter: the existing record, as polling shows it."""
    on_repeat(
        service,
        lambda request, r: replace(r.with_json(_record(service, request)), status=200) if r.status == 202 else r,
    )


@permitted("R10")
def a_repeat_repeats_the_first_answer(service: Service) -> None:
    """Chosen by servers that keep responses: queued, although it is over."""
    on_repeat(
        service,
        lambda request, r: (
            r.with_json({"generationId": _record(service, request)["id"], "status": "queued"}) if r.status == 202 else r
        ),
    )


@permitted("R11")
def another_body_gets_the_existing_record(service: Service) -> None:
    """Chosen by servers that look at the key alone."""
    idempotency = service.parts.idempotency
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        record = idempotency.records.get(idempotency.scope(request))
        return await once(request, record.content if record else content, make)

    idempotency.once = around  # type: ignore[method-assign]


@permitted("R11")
def another_body_is_a_conflict(service: Service) -> None:
    """Chosen by servers that follow an earlier draft of the IETF."""
    on_repeat(service, lambda request, r: replace(r, status=409) if r.status == 422 else r)


@permitted("R10")
def a_duplicate_of_an_unanswered_call_is_a_conflict(service: Service) -> None:
    """Chosen by servers that do not let a duplicate wait."""
    idempotency, under_way = service.parts.idempotency, set[Hashable]()
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        scope = idempotency.scope(request)
        if not request.header("idempotency-key"):
            return await make()
        if scope in under_way:
            raise ApiError(409, "conflict", "The first call is not answered yet.")
        under_way.add(scope)
        try:
            await asyncio.sleep(0.05)
            return await once(request, content, make)
        finally:
            under_way.discard(scope)

    idempotency.once = around  # type: ignore[method-assign]


@permitted("R12")
def upload_knows_no_keys(service: Service) -> None:
    """Chosen by servers on which an upload costs nothing."""
    idempotency = service.parts.idempotency
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        return await (make() if request.route == "upload" else once(request, content, make))

    idempotency.once = around  # type: ignore[method-assign]


@permitted("R11")
def a_refusal_is_remembered(service: Service) -> None:
    """Chosen by servers that keep whatever was answered first, 4xx included."""
    first = dict[Hashable, Response]()

    def remembered(request: Request, response: Response) -> Response:
        if request.route != "generate" or request.account is None or not request.header("idempotency-key"):
            return response
        scope = service.parts.idempotency.scope(request)
        kept = first.setdefault(scope, response)
        return replace(kept, headers=response.headers) if kept.status == 400 else response

    service.rewriters.append(remembered)
