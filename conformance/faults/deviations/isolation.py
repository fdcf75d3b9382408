"""Servers that show one customer's generations to another."""

from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation
from conformance.reference.request import Request
from conformance.reference.response import Response

BOTH = {"LIFE-27": "what is served is disclosed"}


def _shares(service: Service, when: Callable[[Generation, Account], bool]) -> None:
    """Another account's generation is found when this holds of it."""
    studio = service.studio
    proper = studio.find

    def find(account: Account, generation_id: str) -> Generation:
        found = service.parts.generations.get(generation_id)
        shared = found is not None and found.account != account and when(found, account)
        return found if found is not None and shared else proper(account, generation_id)

    studio.find = find  # type: ignore[method-assign]


@breaks("LIFE-26", also=BOTH)
def everybody_sees_everything(service: Service) -> None:
    """Ids are looked up without the account: prompts leak as images to whoever learns an id."""
    _shares(service, lambda generation, account: True)


@breaks("LIFE-26", also=BOTH)
def finished_images_are_for_all(service: Service) -> None:
    """Somebody thought that what is public behind a CDN may as well be listed."""
    _shares(service, lambda generation, account: generation.status == "succeeded")


@breaks("LIFE-26", also=BOTH)
def unfinished_work_is_for_all(service: Service) -> None:
    """The queue knows no accounts; only the archive does."""
    _shares(service, lambda generation, account: generation.completed_at is None)


@breaks("LIFE-26", also=BOTH)
def a_blocked_generation_belongs_to_nobody(service: Service) -> None:
    """Moderation moves it to a table of its own, without the account: what was refused can be read by all."""
    _shares(service, lambda generation, account: generation.status == "blocked")


@breaks("LIFE-26", also=BOTH)
def a_max_plan_sees_everything(service: Service) -> None:
    """The internal team's plan was given to a customer."""
    _shares(service, lambda generation, account: account.plan == "Max")


@breaks("LIFE-26", also=BOTH)
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
    """400 where 404 or 403 belongs: clients look for a mistake in the id."""

    def describe(generation: Generation) -> ApiError:
        return ApiError(400, "bad_request", "This id is not valid here.")

    _refuses(service, describe)


@breaks("LIFE-26", also={"API-2": "no request draws a 5xx"})
def a_foreign_id_is_an_exception(service: Service) -> None:
    """The permission check throws where nobody catches."""
    _refuses(service, lambda generation: ApiError(500, "internal", "oops"))


def _refuses(service: Service, describe: Callable[[Generation], ApiError]) -> None:
    """What a foreign id draws, by the generation it belongs to."""
    studio = service.studio
    proper = studio.find

    def find(account: Account, generation_id: str) -> Generation:
        found = service.parts.generations.get(generation_id)
        if found is not None and found.account != account:
            raise describe(found)
        return proper(account, generation_id)

    studio.find = find  # type: ignore[method-assign]


def _tells(service: Service, said: Callable[[Generation], str], *, status: int = 403) -> None:
    _refuses(service, lambda generation: ApiError(status, "forbidden", said(generation)))


@breaks("LIFE-27")
def the_refusal_quotes_the_prompt(service: Service) -> None:
    """A helpful message tells one customer what another is drawing."""
    _tells(service, lambda generation: f"'{generation.order.prompt}' belongs to somebody else.")


@breaks("LIFE-27")
def the_refusal_tells_when(service: Service) -> None:
    """Whoever guesses ids learns when others work."""
    presenter = service.parts.presenter
    _tells(service, lambda generation: f"Not yours; created at {presenter.time(generation.created_at)}.")


@breaks("LIFE-27")
def the_refusal_of_an_edit_links_its_image(service: Service) -> None:
    """The preview of a share page, for edits only."""

    def said(generation: Generation) -> str:
        outputs = service.parts.presenter.outputs(generation)
        return f"See {outputs[0]['webp']}" if outputs and generation.order.type == "edit" else "Not yours."

    _tells(service, said, status=404)


@breaks("LIFE-27")
def the_refusal_holds_the_record_without_its_id(service: Service) -> None:
    """A serialiser that leaves out what it thinks is secret, and no more."""

    def change(request: Request, response: Response) -> Response:
        found = service.parts.generations.get(request.params.get("id", "")) if request.route == "generation" else None
        if response.status != 404 or found is None:
            return response
        return response.with_json(_without(service.parts.presenter.record(found), "id", "outputs"))

    service.rewriters.append(change)


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


@breaks("LIFE-27")
def the_refusal_tells_the_price(service: Service) -> None:
    """What somebody else's work is and costs stands in the error's details."""

    def change(request: Request, response: Response) -> Response:
        found = service.parts.generations.get(request.params.get("id", "")) if request.route == "generation" else None
        if response.status != 404 or found is None:
            return response
        details = {"costCredits": found.cost, "type": found.order.type}
        return response.with_json({"error": {"code": "not_found", "details": details}})

    service.rewriters.append(change)


@breaks("LIFE-8")
def being_looked_for_by_others_touches_the_record(service: Service) -> None:
    """An audit entry written to the record's own row updates its time: the owner sees a later end."""

    def touch(generation: Generation) -> ApiError:
        if generation.completed_at is not None:
            generation.completed_at += 1
        return ApiError(404, "not_found", "There is no such generation.")

    _refuses(service, touch)


@breaks("LIFE-27")
def the_refusal_tells_of_work_under_way(service: Service) -> None:
    """The queue's place is shown to whoever asks: how busy a competitor is, to the second."""
    presenter = service.parts.presenter

    def said(generation: Generation) -> str:
        since = presenter.time(generation.created_at)
        return f"Not yours; in the queue since {since}." if generation.completed_at is None else "Not yours."

    _tells(service, said)
