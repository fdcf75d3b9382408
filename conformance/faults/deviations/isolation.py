"""Servers that show one customer's generations to another."""

from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import OMIT, Object, Proper, around, on_response, without_omitted
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation
from conformance.reference.request import Request
from conformance.reference.response import Response

BOTH = {"LIFE-27": "what is served is disclosed"}


def _others(service: Service, decide: Callable[[Generation, Account], Generation | None]) -> None:
    """Another account's generation is answered with what this decides; None: properly."""

    def find(proper: Proper, account: Account, generation_id: str) -> Any:
        found = service.parts.generations.get(generation_id)
        other = found if found is not None and found.account != account else None
        return (decide(other, account) if other else None) or proper(account, generation_id)

    around(service.studio, "find", find)


def _shares(service: Service, when: Callable[[Generation, Account], bool]) -> None:
    """Another account's generation is found when this holds of it."""
    _others(service, lambda generation, account: generation if when(generation, account) else None)


def _tells(service: Service, said: Callable[[Generation], str], *, status: int = 403) -> None:
    """A foreign id draws this status and message."""

    def refuse(generation: Generation, _: Account) -> None:
        raise ApiError(status, "forbidden", said(generation))

    _others(service, refuse)


@breaks("LIFE-26", also=BOTH)
def everybody_sees_everything(service: Service) -> None:
    """The query lacks the account: prompts leak as images to whoever learns an id."""
    _shares(service, lambda *_: True)


@breaks("LIFE-26", also=BOTH)
def finished_images_are_for_all(service: Service) -> None:
    """The record is treated as public since its images are: finished work can be listed by strangers."""
    _shares(service, lambda generation, _: generation.status == "succeeded")


@breaks("LIFE-26", also=BOTH)
def unfinished_work_is_for_all(service: Service) -> None:
    """The queue knows no accounts, only the archive does: strangers watch what is at work."""
    _shares(service, lambda generation, _: generation.completed_at is None)


@breaks("LIFE-26", also=BOTH, along=("event",))
def a_blocked_generation_belongs_to_nobody(service: Service) -> None:
    """Moderation moves it to a table of its own, without the account: what was refused can be read by all."""
    _shares(service, lambda generation, _: generation.status == "blocked")


@breaks("LIFE-26", also=BOTH)
def a_max_plan_sees_everything(service: Service) -> None:
    """A shortcut for the internal team looks at the plan: every customer of that plan sees all the others."""
    _shares(service, lambda _, account: account.plan == "Max")


@breaks("LIFE-26", also=BOTH, along=("cached",))
def the_second_time_it_is_served(service: Service) -> None:
    """The refusal is cached as a hit: whoever asks twice is let in."""
    asked = set[tuple[str, str]]()

    def again(generation: Generation, account: Account) -> bool:
        place = generation.id, account.name
        known = place in asked
        asked.add(place)
        return known

    _shares(service, again)


@breaks("LIFE-26")
def a_foreign_id_is_a_bad_request(service: Service) -> None:
    """Ownership is a rule of the validator: clients look for a mistake in the id."""
    _tells(service, lambda _: "This id is not valid here.", status=400)


@breaks("LIFE-26", also={"API-2": "no request draws a 5xx"})
def a_foreign_id_is_an_exception(service: Service) -> None:
    """The permission check throws where nobody catches: strangers can page the operators."""
    _tells(service, lambda _: "oops", status=500)


@breaks("LIFE-27")
def the_refusal_quotes_the_prompt(service: Service) -> None:
    """A helpful message is filled from the row: one customer is told what another is drawing."""
    _tells(service, lambda generation: f"'{generation.order.prompt}' belongs to somebody else.")


@breaks("LIFE-27")
def the_refusal_tells_when(service: Service) -> None:
    """The row's time is put into the message: whoever guesses ids learns when others work."""
    time = service.parts.presenter.time
    _tells(service, lambda generation: f"Not yours; created at {time(generation.created_at)}.")


@breaks("LIFE-27", along=("order",))
def the_refusal_of_an_edit_links_its_image(service: Service) -> None:
    """The refusal is rendered as the preview of a share page: strangers see another's edit."""

    def said(generation: Generation) -> str:
        outputs = service.parts.presenter.outputs(generation)
        return f"See {outputs[0]['webp']}" if outputs and generation.order.type == "edit" else "Not yours."

    _tells(service, said, status=404)


def _shows(service: Service, content: Callable[[Generation], Object]) -> None:
    """The 404 of another account's generation holds this."""

    def found(request: Request) -> Generation | None:
        return service.parts.generations.get(request.params.get("id", "")) if request.route == "generation" else None

    def change(request: Request, response: Response) -> Response:
        generation = found(request)
        return response.with_json(content(generation)) if generation else response

    on_response(service, lambda request, response: response.status == 404 and bool(found(request)), change)


@breaks("LIFE-27")
def the_refusal_holds_the_record_without_its_id(service: Service) -> None:
    """The serialiser leaves out what it thinks is secret, and no more: strangers read the rest of the record."""
    record = service.parts.presenter.record
    _shows(service, lambda generation: without_omitted(record(generation) | {"id": OMIT, "outputs": OMIT}))


@breaks("LIFE-27")
def the_refusal_tells_the_price(service: Service) -> None:
    """The error's details are filled from the row: strangers learn what somebody else's work is and costs."""

    def content(generation: Generation) -> Object:
        details = {"costCredits": generation.cost, "type": generation.order.type}
        return {"error": {"code": "not_found", "details": details}}

    _shows(service, content)


@breaks("LIFE-8")
def being_looked_for_by_others_touches_the_record(service: Service) -> None:
    """An audit entry is written to the record's own row: the owner sees a later end after a stranger's look."""

    def touch(generation: Generation, _: Account) -> None:
        if generation.completed_at is not None:
            generation.completed_at += 1

    _others(service, touch)


@breaks("LIFE-27")
def the_refusal_tells_of_work_under_way(service: Service) -> None:
    """The queue's answer is given to whoever asks: strangers learn how busy a competitor is, to the second."""
    time = service.parts.presenter.time

    def said(generation: Generation) -> str:
        under_way = generation.completed_at is None
        return f"Not yours; in the queue since {time(generation.created_at)}." if under_way else "Not yours."

    _tells(service, said)


@breaks("LIFE-26", also=BOTH, along=("cached",))
def the_owners_answer_is_cached_for_all(service: Service) -> None:
    """The cache's key is the path alone: who asks a moment after the owner is answered what the owner was."""
    cached = dict[str, tuple[float, Response]]()
    clock = service.parts.clock

    def change(request: Request, response: Response) -> Response:
        place = request.path
        if response.status == 200:
            cached[place] = clock.now(), response
        at, kept = cached.get(place, (0.0, response))
        return kept.with_headers(service.parts.limiter.headers(request)) if clock.now() < at + 5 else response

    on_response(
        service, lambda q, r: q.route == "generation" and q.account is not None and r.status in {200, 404}, change
    )


@breaks("LIFE-1", along=("cached",))
def a_refusal_is_cached_for_the_owner(service: Service) -> None:
    """What was not found is cached by its path: after a stranger's look the owner's record is gone for a while."""
    missing = dict[str, Response]()

    def change(request: Request, response: Response) -> Response:
        if response.status == 404 and request.params.get("id", "") in service.parts.generations:
            missing[request.path] = response
        kept = missing.pop(request.path, response) if response.status == 200 else response
        return kept.with_headers(service.parts.limiter.headers(request)) if kept is not response else response

    on_response(
        service, lambda q, r: q.route == "generation" and q.account is not None and r.status in {200, 404}, change
    )
