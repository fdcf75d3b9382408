"""Servers whose records look otherwise, and are right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import status_becomes, writes
from conformance.reference import Service
from conformance.reference.model import Generation
from conformance.reference.request import Request
from conformance.reference.response import Response

Record = dict[str, Any]


def _records(service: Service, alter: Callable[[Generation, Record], Record]) -> None:
    presenter = service.parts.presenter
    proper = presenter.record
    presenter.record = lambda generation: alter(generation, proper(generation))  # type: ignore[method-assign]


def _takes(service: Service, queue: float, run: float) -> None:
    service.parts.rules = replace(service.parts.rules, queue_seconds=queue, run_seconds=run)


@permitted("R19")
def a_generation_is_over_at_once(service: Service) -> None:
    """A model so fast that the first poll finds the end: queued and running are skipped."""
    _takes(service, 0, 0)


@permitted("R19")
def a_generation_is_never_queued(service: Service) -> None:
    """Idle workers take a job before the first poll."""
    _takes(service, 0, 2)


@permitted("R19")
def a_generation_takes_long(service: Service) -> None:
    """Fifty seconds, within the minute that the target declares."""
    _takes(service, 20, 30)


@permitted("R19")
def running_is_never_seen(service: Service) -> None:
    """Only the ends are written down."""
    _records(
        service,
        lambda generation, record: record | ({"status": "queued"} if record["status"] == "running" else {}),
    )


@permitted("R23")
def times_have_offsets(service: Service) -> None:
    """Taipei's time, and microseconds."""
    zone = timezone(timedelta(hours=8))
    service.parts.presenter.time = (  # type: ignore[method-assign]
        lambda moment: datetime.fromtimestamp(moment, zone).isoformat(timespec="microseconds")
    )


@permitted("R23")
def times_have_whole_seconds(service: Service) -> None:
    """No fraction, and a Z."""
    service.parts.presenter.time = (  # type: ignore[method-assign]
        lambda moment: datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


@permitted("R20", "R21", "R23")
def what_is_not_known_is_left_out(service: Service) -> None:
    """No null anywhere, and no empty list."""
    _records(
        service, lambda generation, record: {name: value for name, value in record.items() if value not in (None, [])}
    )


@permitted("R20")
def no_outputs_are_null(service: Service) -> None:
    """null until there are some."""
    _records(service, lambda generation, record: record | {"outputs": record["outputs"] or None})


@permitted("R22")
def a_refund_shows_0(service: Service) -> None:
    """What was given back was not charged."""
    _records(
        service,
        lambda generation, record: record | ({"costCredits": 0} if generation.status in {"failed", "blocked"} else {}),
    )


@permitted("R22")
def prices_are_decimal_numbers(service: Service) -> None:
    """1.0 is 1."""
    _records(service, lambda generation, record: record | {"costCredits": float(record["costCredits"])})


@permitted("R19")
def records_hold_more_fields(service: Service) -> None:
    """The prompt, the queue's place, and the server's time, which is another at every poll."""
    now = service.parts.clock.now
    _records(
        service,
        lambda generation, record: record | {"prompt": generation.order.prompt, "serverTime": now(), "progress": 0.5},
    )


@permitted("R24")
def another_accounts_id_is_forbidden(service: Service) -> None:
    """403 tells that it is somebody's, and no more."""

    def change(request: Request, response: Response) -> Response:
        known = request.route == "generation" and request.params["id"] in service.parts.generations
        return status_becomes(403)(response) if response.status == 404 and known else response

    service.rewriters.append(change)


@permitted("R24")
def an_id_that_is_no_uuid_is_a_bad_request(service: Service) -> None:
    """The form of an id is judged before it is looked up."""
    writes(
        service,
        lambda request, response: (
            request.route == "generation" and response.status == 404 and request.params["id"].count("-") != 4
        ),
        status_becomes(400),
    )


@permitted("R24")
def the_refusal_repeats_the_id(service: Service) -> None:
    """A message that quotes what was asked for."""

    def change(request: Request, response: Response) -> Response:
        if request.route != "generation" or response.status != 404:
            return response
        return response.with_json({"type": "about:blank", "title": "Not Found", "status": 404, "detail": request.path})

    service.rewriters.append(change)
