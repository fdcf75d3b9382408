"""Servers that accept in the wrong words, fill in the wrong defaults, or let forbidden prompts through."""

import asyncio
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import OMIT, answer, body_becomes, status_becomes, with_members, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Fate, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.validation import Field

ACCEPTED = answer("generate", 202)


def _default(service: Service, name: str, value: object) -> None:
    fields = service.parts.validator.order_fields
    fields[name] = Field(fields[name].check, value)


@breaks("GEN-1", also={"GEN-2": "edits are accepted likewise"})
def acceptance_is_answered_200(service: Service) -> None:
    """Clients that wait for a 202 take the call for failed, and send it again."""
    writes(service, ACCEPTED, status_becomes(200))


@breaks("GEN-1", also={"GEN-2": "edits are accepted likewise", "API-4": "201 is no documented status"})
def acceptance_is_answered_201(service: Service) -> None:
    """Created, says the framework: clients that wait for a 202 take the call for failed."""
    writes(service, ACCEPTED, status_becomes(201))


@breaks("GEN-1")
def dear_images_are_answered_200(service: Service) -> None:
    """One code path for each quality, one of them with another status."""
    writes(service, lambda q, r: ACCEPTED(q, r) and b'"high"' in q.body, status_becomes(200))


@breaks("GEN-14", also={"LIFE-11": "it is not the type that was requested"})
def the_default_type_is_another(service: Service) -> None:
    """Records of plain calls are filed under a type nobody asked for."""
    order = service.parts.validator.order
    service.parts.validator.order = (  # type: ignore[method-assign]
        lambda body: order(body) if b'"type"' in body else replace(order(body), type="upscale")
    )


@breaks("GEN-17", also={"OUT-13": "the images are of that size"})
def the_default_size_is_landscape(service: Service) -> None:
    """Avatars come out as banners."""
    _default(service, "size", "1536x1024")


@breaks("GEN-20")
def the_default_quality_is_low(service: Service) -> None:
    """Customers who trust the default get the draft quality."""
    _default(service, "quality", "low")


@breaks("GEN-20")
def the_default_quality_is_high(service: Service) -> None:
    """Customers who trust the default pay twice as much."""
    _default(service, "quality", "high")


@breaks("GEN-26", also={"PLAN-9": "two are paid for where one was ordered", "OUT-2": "two are there"})
def the_default_n_is_two(service: Service) -> None:
    """Every plain call costs twice as much."""
    _default(service, "n", 2)


@breaks("GEN-40", also={"GEN-41": "an array has no members", "GEN-42": "the same"})
def acceptance_is_an_array(service: Service) -> None:
    """Clients read a member of an array."""
    writes(service, ACCEPTED, lambda response: response.with_json([response.json()]))


@breaks("GEN-41")
def the_id_has_another_name(service: Service) -> None:
    """Clients poll /generations/undefined."""
    writes(service, ACCEPTED, lambda r: with_members(generationId=OMIT, generation_id=r.json()["generationId"])(r))


@breaks("GEN-41")
def the_id_is_a_number(service: Service) -> None:
    """Beyond 2^53 it is another number in a browser."""
    writes(service, ACCEPTED, with_members(generationId=1234567890123456789))


@breaks("GEN-42")
def a_generation_begins_pending(service: Service) -> None:
    """A word of the queue's library: clients know no such status."""
    writes(service, ACCEPTED, with_members(status="pending"))


@breaks("GEN-45")
def a_missing_key_is_told_in_words(service: Service) -> None:
    """The body is announced as JSON and is none."""
    writes(service, answer("generate", 401), body_becomes(b"Unauthorized"))


@breaks("GEN-46")
def a_forbidden_prompt_is_a_bad_request(service: Service) -> None:
    """Clients show their users a mistake of form where the content was refused."""
    writes(service, answer("generate", 422), status_becomes(400))


@breaks("GEN-46", also={"PLAN-1": "403 is what other plans are told"})
def a_forbidden_prompt_is_forbidden(service: Service) -> None:
    """403: clients tell their users to buy another plan."""
    writes(service, answer("generate", 422), status_becomes(403))


@breaks("GEN-46")
def the_policy_forgets_dear_images(service: Service) -> None:
    """The moderator is asked on one of the code paths only."""
    accept, rejected = service.studio.accept, service.parts.rules.rejected

    async def accept_unseen(account: Account, order: Order) -> Generation:
        seen = order if order.quality != "high" else replace(order, prompt=order.prompt.replace(rejected, ""))
        return await accept(account, seen)

    service.studio.accept = accept_unseen  # type: ignore[method-assign]


@breaks("GEN-46")
def the_policy_forgets_edits(service: Service) -> None:
    """Edits come in through another door, where nobody reads the prompt."""
    accept, rejected = service.studio.accept, service.parts.rules.rejected

    async def accept_unseen(account: Account, order: Order) -> Generation:
        seen = order if order.type != "edit" else replace(order, prompt=order.prompt.replace(rejected, ""))
        return await accept(account, seen)

    service.studio.accept = accept_unseen  # type: ignore[method-assign]


@breaks("GEN-46")
def a_forbidden_prompt_passes_the_second_time(service: Service) -> None:
    """A cache of what was judged is taken for a list of what was allowed."""
    fate, seen = service.parts.moderator.fate, set[str]()

    def lenient(prompt: str) -> Fate | None:
        found = fate(prompt)
        known = prompt in seen
        seen.add(prompt)
        return None if found == "rejected" and known else found

    service.parts.moderator.fate = lenient  # type: ignore[method-assign]


@breaks("GEN-47")
def the_refusal_of_a_prompt_is_a_sentence(service: Service) -> None:
    """The body is announced as JSON and is none."""
    writes(service, answer("generate", 422), body_becomes(b"Your prompt was refused."))


@breaks("GEN-46")
def the_policy_learns_from_the_first_time(service: Service) -> None:
    """A prompt is looked at after it was drawn: refused from its second time on."""
    fate, seen = service.parts.moderator.fate, set[str]()

    def late(prompt: str) -> Fate | None:
        found = fate(prompt)
        known = prompt in seen
        seen.add(prompt)
        return found if known or found != "rejected" else None

    service.parts.moderator.fate = late  # type: ignore[method-assign]


@breaks("GEN-1")
def the_first_call_finds_no_credits(service: Service) -> None:
    """The balance is loaded after it was asked for: every customer's first call of the day is 402."""
    afford, loaded = service.parts.ledger.afford, set[str]()

    def unloaded(account: Account, cost: int) -> None:
        if account.name not in loaded:
            loaded.add(account.name)
            raise ApiError(402, "insufficient_credits", "There are no credits.")
        afford(account, cost)

    service.parts.ledger.afford = unloaded  # type: ignore[method-assign]


@breaks("GEN-3")
def the_first_acceptance_waits_for_a_machine(service: Service) -> None:
    """Machines that were switched off at night are started first: clients give up and pay a second time."""
    cold = [True]

    async def change(request: Request, response: Response) -> Response:
        if ACCEPTED(request, response) and cold:
            cold.clear()
            await asyncio.sleep(5.2)
        return response

    service.rewriters.append(change)


@breaks("PLAN-10")
def high_is_cheaper_than_medium(service: Service) -> None:
    """Two entries of the price list were exchanged."""
    prices = {"low": 1, "medium": 4, "high": 2}
    service.parts.prices.of = lambda order: prices[order.quality] * order.n  # type: ignore[method-assign]
