"""Servers whose records look otherwise, and are right."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    FOUND,
    NOT_FOUND,
    Proper,
    answer,
    around,
    change_rules,
    on_record,
    on_response,
    on_result,
    status_becomes,
)
from conformance.reference import Service
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R19")
def a_generation_is_over_at_once(service: Service) -> None:
    """A model so fast that the first poll finds the end: queued and running are skipped."""
    change_rules(service, queue_seconds=0, run_seconds=0)


@permitted("R19", "R43")
def a_generation_is_over_before_it_is_answered(service: Service) -> None:
    """A gateway in front of a fast model: it answers 202 once the image is there, so that no poll finds it at work."""
    change_rules(service, queue_seconds=0, run_seconds=0)
    over: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
    service.parts.ended.append(lambda generation: over[generation.id].set())

    async def accept(proper: Proper, account: Account, order: Order) -> Generation:
        made: Generation = await proper(account, order)
        await over[made.id].wait()
        return made

    around(service.studio, "accept", accept)
    on_result(service.parts.presenter, "accepted", lambda body, _: {**body, "status": "queued"})


@permitted("R19")
def a_generation_is_never_queued(service: Service) -> None:
    """Idle workers take a job before the first poll."""
    change_rules(service, queue_seconds=0, run_seconds=2)


@permitted("R19")
def a_generation_takes_long(service: Service) -> None:
    """Fifty seconds, within the minute that the target declares."""
    change_rules(service, queue_seconds=20, run_seconds=30)


@permitted("R19")
def running_is_never_seen(service: Service) -> None:
    """Only the ends are written down."""
    on_record(service, lambda _, record: record | ({"status": "queued"} if record["status"] == "running" else {}))


@permitted("R23")
def times_have_offsets(service: Service) -> None:
    """Taipei's time, and microseconds."""
    zone = timezone(timedelta(hours=8))
    around(
        service.parts.presenter,
        "time",
        lambda _, moment: datetime.fromtimestamp(moment, zone).isoformat(timespec="microseconds"),
    )


@permitted("R23")
def times_have_whole_seconds(service: Service) -> None:
    """No fraction, and a Z."""
    around(
        service.parts.presenter,
        "time",
        lambda _, moment: datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


@permitted("R20", "R21", "R23")
def what_is_not_known_is_left_out(service: Service) -> None:
    """No null anywhere, and no empty list."""
    on_record(service, lambda _, record: {name: value for name, value in record.items() if value not in (None, [])})


@permitted("R20")
def no_outputs_are_null(service: Service) -> None:
    """null until there are some."""
    on_record(service, lambda _, record: record | {"outputs": record["outputs"] or None})


@permitted("R22")
def a_refund_shows_0(service: Service) -> None:
    """What was given back was not charged."""
    on_record(
        service,
        lambda generation, record: record | ({"costCredits": 0} if generation.status in {"failed", "blocked"} else {}),
    )


@permitted("R22")
def prices_are_decimal_numbers(service: Service) -> None:
    """1.0 is 1."""
    on_record(service, lambda _, record: record | {"costCredits": float(record["costCredits"])})


@permitted("R19")
def records_hold_more_fields(service: Service) -> None:
    """The prompt, the queue's place, and the server's time, which is another at every poll."""
    now = service.parts.clock.now
    on_record(
        service,
        lambda generation, record: record | {"prompt": generation.order.prompt, "serverTime": now(), "progress": 0.5},
    )


@permitted("R24")
def another_accounts_id_is_forbidden(service: Service) -> None:
    """403 tells that it is somebody's, and no more."""

    def known(request: Request) -> bool:
        return request.params["id"] in service.parts.generations

    on_response(service, answer("generation", 404, to=known), status_becomes(403))


@permitted("R24")
def an_id_that_is_no_uuid_is_a_bad_request(service: Service) -> None:
    """The form of an id is judged before it is looked up."""
    strange = answer("generation", 404, to=lambda request: request.params["id"].count("-") != 4)
    on_response(service, strange, status_becomes(400))


@permitted("R24")
def the_refusal_repeats_the_id(service: Service) -> None:
    """A message that quotes what was asked for."""
    on_response(
        service,
        NOT_FOUND,
        lambda request, response: response.with_json(
            {"type": "about:blank", "title": "Not Found", "status": 404, "detail": request.path}
        ),
    )


@permitted("R19")
def polls_can_be_asked_for_changes(service: Service) -> None:
    """An ETag of the whole record, and 304 as long as nothing in it has changed."""

    def change(request: Request, response: Response) -> Response:
        tag = f'"{sha256(response.body).hexdigest()}"'
        same = request.header("if-none-match") == tag
        return (replace(response, status=304, body=b"") if same else response).with_headers([("ETag", tag)])

    on_response(service, FOUND, change)
