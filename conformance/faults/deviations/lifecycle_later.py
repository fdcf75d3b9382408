"""Servers whose records are wrong later, or when they are read at the same time."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.faults.deviations.lifecycle import TERMINAL, _ended_for, _finds, _members
from conformance.faults.verbs import (
    FOUND,
    Object,
    on_record,
    on_response,
)
from conformance.reference import Service
from conformance.reference.model import Generation
from conformance.reference.request import Request
from conformance.reference.response import Response


def _late(service: Service, which: Callable[[Generation], object], **members: object) -> None:
    """A second result arrives a while after the end of these generations."""
    _members(service, lambda generation, _: _ended_for(service, generation) > 60 and which(generation), **members)


@breaks("LIFE-7", also={"OUT-2": "it has no outputs"}, along=("late",))
def a_late_success_overwrites_a_failure(service: Service) -> None:
    """The first worker was given up and is done after all: what was given back as failed succeeds."""
    _late(service, lambda made: made.status == "failed", status="succeeded", error=None)


@breaks("LIFE-8", along=("late",))
def a_late_result_moves_the_end(service: Service) -> None:
    """The last result to arrive writes completedAt: durations of the same job differ between two invoices."""
    time = service.parts.presenter.time
    on_record(service, lambda made, record: record | (
        {"completedAt": time((made.completed_at or 0) + 60)} if _ended_for(service, made) > 60 else {}))  # fmt: skip


@breaks("LIFE-8", along=("late",))
def a_late_error_is_another(service: Service) -> None:
    """A time-out is written over the reason of a failure: support looks for the wrong mistake."""
    _late(service, lambda made: made.status == "failed", error="Timed out.")


@breaks("LIFE-8", along=("order", "late"))
def a_late_result_of_many_images_costs_more(service: Service) -> None:
    """Images that come late are charged then: the price of a full order is not the one that was told."""
    _late(service, lambda made: made.order.n == service.parts.rules.n_max, costCredits=99)


@breaks("LIFE-1", along=("at-once",))
def a_record_is_locked_while_it_is_read(service: Service) -> None:
    """Reading takes the row's lock and does not wait for it: of two dashboards one is told of a conflict."""
    _while_read(service, lambda response: replace(response, status=409))


@breaks("LIFE-7", along=("worker",))
def a_second_worker_has_an_older_record(service: Service) -> None:
    """Each worker keeps the records that it has seen: whoever meets the other one sees the past."""
    past: Object = {"status": "running", "outputs": [], "error": None, "completedAt": None}
    _while_read(service, lambda response: response.with_json(response.json() | past))


def _while_read(service: Service, change: Callable[[Response], Response]) -> None:
    """A poll of an ended generation that another worker is reading at the same time is answered otherwise."""
    read = Counter[str]()

    async def slow(request: Request, response: Response) -> Response:
        id_ = request.params["id"]
        read[id_] += 1
        busy = read[id_] > 1 and response.json()["status"] in TERMINAL
        await asyncio.sleep(0.05 if response.json()["status"] in TERMINAL else 0)
        read[id_] -= 1
        return change(response) if busy else response

    on_response(service, FOUND, slow)


@breaks("LIFE-1", along=("cached",))
def nothing_has_changed_since_the_first_poll(service: Service) -> None:
    """The ETag is made of the id: clients that send it back are told for ever that nothing has changed."""
    _tagged(service, lambda record: str(record["id"]))


@breaks("LIFE-1", along=("cached",))
def a_tag_is_made_of_what_never_changes(service: Service) -> None:
    """The ETag is made of createdAt and type: caches keep the record of a queued generation for ever."""
    _tagged(service, lambda record: f"{record['createdAt']}-{record['type']}")


@breaks("LIFE-1", along=("cached",))
def a_tag_is_the_length_of_the_order(service: Service) -> None:
    """The ETag is a weak one of the number of fields: a poll that brings it is always answered 304."""
    _tagged(service, lambda record: str(len(record)))


def _tagged(service: Service, of: Callable[[Object], str]) -> None:
    """Records bear an ETag made of this, and a poll that brings it is answered 304."""

    def change(request: Request, response: Response) -> Response:
        tag = f'W/"{of(response.json())}"'
        same = request.header("if-none-match") == tag
        return (replace(response, status=304, body=b"") if same else response).with_headers([("ETag", tag)])

    on_response(service, FOUND, change)


@breaks("LIFE-1", along=("hour",))
def old_records_are_forgotten(service: Service) -> None:
    """Records live in a cache of limited size: after some new orders the old ones are unknown."""
    made = service.parts.generations
    _finds(service, lambda one: one in list(made.values())[-6:] or _ended_for(service, one) < 60)
