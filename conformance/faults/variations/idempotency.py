"""Conformant servers that answer a repeat in another way."""

import itertools
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    Object,
    Proper,
    answer,
    around,
    first_of,
    key_of,
    on_repeat,
    on_response,
    refuse_while_unanswered,
    status_becomes,
)
from conformance.reference import Service
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


def _record(service: Service, request: Request) -> Object:
    first = first_of(service, request)
    return service.parts.presenter.record(first) if first else {}


@permitted("R12", "R17")
def ids_are_counted(service: Service) -> None:
    """Chosen by servers with a plain database: the first generation is 1, the next 2."""
    numbers, generations = itertools.count(1), service.parts.generations

    async def accept(proper: Proper, account: Account, order: Order) -> Generation:
        made: Generation = await proper(account, order)
        del generations[made.id]
        made.id = str(next(numbers))
        generations[made.id] = made
        return made

    around(service.studio, "accept", accept)


@permitted("R10")
def a_repeat_is_answered_200(service: Service) -> None:
    """Chosen by servers that tell what is new from what is not."""
    on_repeat(service, status_becomes(200), 202)


@permitted("R10")
def a_repeat_is_answered_with_the_record(service: Service) -> None:
    """Chosen by servers that read the documentation to the letter: the existing record, as polling shows it."""
    on_repeat(
        service, lambda request, response: replace(response.with_json(_record(service, request)), status=200), 202
    )


@permitted("R10")
def a_repeat_repeats_the_first_answer(service: Service) -> None:
    """Chosen by servers that keep responses: queued, although it is over."""
    on_repeat(
        service,
        lambda request, response: response.with_json(
            {"generationId": _record(service, request)["id"], "status": "queued"}
        ),
        202,
    )


@permitted("R11")
def another_body_gets_the_existing_record(service: Service) -> None:
    """Chosen by servers that look at the key alone."""
    idempotency = service.parts.idempotency

    def once(proper: Proper, request: Request, content: object, make: Proper) -> Any:
        record = idempotency.records.get(idempotency.scope(request))
        return proper(request, record.content if record else content, make)

    around(idempotency, "once", once)


@permitted("R11")
def another_body_is_a_conflict(service: Service) -> None:
    """Chosen by servers that follow an earlier draft of the IETF."""
    on_repeat(service, status_becomes(409), 422)


@permitted("R10")
def a_duplicate_of_an_unanswered_call_is_a_conflict(service: Service) -> None:
    """Chosen by servers that do not let a duplicate wait."""
    refuse_while_unanswered(service, 409, "conflict")


@permitted("R12")
def upload_knows_no_keys(service: Service) -> None:
    """Chosen by servers on which an upload costs nothing."""
    around(
        service.parts.idempotency,
        "once",
        lambda once, request, content, make: make() if request.route == "upload" else once(request, content, make),
    )


@permitted("R11")
def a_refusal_is_remembered(service: Service) -> None:
    """Chosen by servers that keep whatever was answered first, 4xx included."""
    first = dict[Hashable, Response]()

    def remembered(request: Request, response: Response) -> Response:
        kept = first.setdefault(service.parts.idempotency.scope(request), response)
        return replace(kept, headers=response.headers) if kept.status == 400 else response

    on_response(service, answer("generate", to=lambda request: request.account and key_of(request)), remembered)
