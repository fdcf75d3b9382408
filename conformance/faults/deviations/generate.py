"""Servers that accept in the wrong words, fill in the wrong defaults, or let forbidden prompts through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ACCEPTED,
    Proper,
    answer,
    around,
    becomes_refusal,
    body_becomes,
    change_field,
    change_rules,
    first_time,
    json_becomes,
    late,
    on_response,
    on_result,
    status_becomes,
    with_members,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError, Issue
from conformance.reference.model import Account, Order


@breaks("GEN-1", also={"GEN-2": "edits are accepted likewise"})
def acceptance_is_answered_200(service: Service) -> None:
    """The framework's default status is left: clients that wait for a 202 take the call for failed and repeat it."""
    on_response(service, ACCEPTED, status_becomes(200))


@breaks("GEN-1", also={"GEN-2": "edits are accepted likewise", "API-4": "201 is no documented status"})
def acceptance_is_answered_201(service: Service) -> None:
    """Created, says the framework of every POST: clients that wait for a 202 take the call for failed."""
    on_response(service, ACCEPTED, status_becomes(201))


@breaks("GEN-1")
def dear_images_are_answered_200(service: Service) -> None:
    """Each quality has a code path of its own, one with another status: clients fail on that quality only."""
    on_response(service, answer("generate", 202, to=lambda request: b'"high"' in request.body), status_becomes(200))


@breaks("GEN-1", also={"PLAN-1": "a 403 to an account of Pro"})
def a_firewall_reads_prompts(service: Service) -> None:
    """A firewall before the API looks for markup and queries in bodies: who writes about SQL has no access."""
    queries = answer("generate", to=lambda request: b"SELECT * FROM" in request.body)
    on_response(service, queries, becomes_refusal(403, "Blocked."))


@breaks("GEN-1")
def a_prompt_has_one_line(service: Service) -> None:
    """Prompts are checked as the names of things are, without control characters: who presses Enter is refused."""

    def check(proper: Proper, value: Any) -> Iterator[Issue]:
        yield from [Issue((), "has a line break")] if isinstance(value, str) and "\n" in value else proper(value)

    proper = service.parts.validator.order_fields["prompt"].check
    change_field(service, "order", "prompt", check=partial(check, proper))


@breaks("GEN-14", also={"LIFE-11": "it is not the type that was requested"})
def the_default_type_is_another(service: Service) -> None:
    """The column's default wins over the schema's: records of plain calls are filed under a type nobody asked for."""
    on_result(
        service.parts.validator,
        "order",
        lambda order, body: order if b'"type"' in body else replace(order, type="upscale"),
    )


@breaks("GEN-17", also={"OUT-13": "the images are of that size"})
def the_default_size_is_landscape(service: Service) -> None:
    """The default is the wrong entry of the list: avatars come out as banners."""
    change_field(service, "order", "size", default=service.parts.rules.sizes[-1])


@breaks("GEN-20")
def the_default_quality_is_low(service: Service) -> None:
    """The default is the first of the list: customers who trust it get the draft quality."""
    change_field(service, "order", "quality", default="low")


@breaks("GEN-20")
def the_default_quality_is_high(service: Service) -> None:
    """The default is the last of the list: customers who trust it pay twice as much."""
    change_field(service, "order", "quality", default="high")


@breaks("GEN-26", also={"PLAN-9": "two are paid for where one was ordered", "OUT-2": "two are there"})
def the_default_n_is_two(service: Service) -> None:
    """A setting of the demonstration was deployed: every plain call costs twice as much."""
    change_field(service, "order", "n", default=service.parts.rules.default_n + 1)


@breaks("GEN-40", also={"GEN-41": "an array has no members", "GEN-42": "the same"})
def acceptance_is_an_array(service: Service) -> None:
    """The rows of an insert are sent as they come: clients read a member of an array."""
    on_response(service, ACCEPTED, json_becomes(lambda content: [content]))


@breaks("GEN-41")
def the_id_has_another_name(service: Service) -> None:
    """The serialiser writes names as the database has them: clients poll /generations/undefined."""
    on_response(
        service,
        ACCEPTED,
        json_becomes(lambda content: {"generation_id": content["generationId"], "status": content["status"]}),
    )


@breaks("GEN-41")
def the_id_is_a_number(service: Service) -> None:
    """Ids are 64-bit integers and not sent as strings: beyond 2^53 a browser polls another one."""
    on_response(service, ACCEPTED, with_members(generationId=1234567890123456789))


@breaks("GEN-42")
def a_generation_begins_pending(service: Service) -> None:
    """The queue library's word is passed through: clients know no such status."""
    on_response(service, ACCEPTED, with_members(status="pending"))


@breaks("GEN-45")
def a_missing_key_is_told_in_words(service: Service) -> None:
    """The middleware writes a plain sentence under the media type of JSON: the client's parser fails on every 401."""
    on_response(service, answer("generate", 401), body_becomes(b"Unauthorized"))


@breaks("GEN-46")
def a_forbidden_prompt_is_a_bad_request(service: Service) -> None:
    """The policy is a rule of the validator: clients show a mistake of form where the content was refused."""
    on_response(service, answer("generate", 422), status_becomes(400))


@breaks("GEN-46", also={"PLAN-1": "403 is what other plans are told"})
def a_forbidden_prompt_is_forbidden(service: Service) -> None:
    """The policy throws the framework's Forbidden: clients tell their users to buy another plan."""
    on_response(service, answer("generate", 422), status_becomes(403))


def _unseen(service: Service, which: Callable[[Order], bool]) -> None:
    """The content policy does not read the prompts of these orders."""

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        seen = replace(order, prompt=order.prompt.replace(service.parts.rules.rejected, "")) if which(order) else order
        return proper(account, seen)

    around(service.studio, "accept", accept)


@breaks("GEN-46")
def the_policy_forgets_dear_images(service: Service) -> None:
    """The moderator is asked on one of the code paths only: forbidden images come out in the best quality."""
    _unseen(service, lambda order: order.quality == "high")


@breaks("GEN-46")
def the_policy_forgets_edits(service: Service) -> None:
    """Edits have a handler of their own, in which nobody reads the prompt: forbidden edits are drawn."""
    _unseen(service, lambda order: order.type == "edit")


def _by_repetition(service: Service, passes: Callable[[bool], bool]) -> None:
    """Whether a forbidden prompt passes depends on whether it has been seen before."""
    seen = set[str]()

    def fate(found: str | None, prompt: str) -> str | None:
        known = prompt in seen
        seen.add(prompt)
        return None if found == "rejected" and passes(known) else found

    on_result(service.parts.moderator, "fate", fate)


@breaks("GEN-46")
def a_forbidden_prompt_passes_the_second_time(service: Service) -> None:
    """A cache of what was judged is read as a list of what was allowed: whoever repeats a forbidden prompt gets it."""
    _by_repetition(service, lambda known: known)


@breaks("GEN-47")
def the_refusal_of_a_prompt_is_a_sentence(service: Service) -> None:
    """The policy's text is sent as it is under the media type of JSON: clients cannot parse why they were refused."""
    on_response(service, answer("generate", 422), body_becomes(b"Your prompt was refused."))


@breaks("GEN-46")
def the_policy_learns_from_the_first_time(service: Service) -> None:
    """The prompt is judged after it was drawn: a forbidden one is refused from its second time on."""
    _by_repetition(service, lambda known: not known)


@breaks("GEN-1")
def the_first_call_finds_no_credits(service: Service) -> None:
    """The balance is loaded after it was asked for: every customer's first call of the day is 402."""
    loaded = set[str]()

    def afford(proper: Proper, account: Account, cost: int) -> None:
        if account.name not in loaded:
            loaded.add(account.name)
            raise ApiError(402, "insufficient_credits", "There are no credits.")
        proper(account, cost)

    around(service.parts.ledger, "afford", afford)


@breaks("GEN-3")
def the_first_acceptance_waits_for_a_machine(service: Service) -> None:
    """Machines that were switched off are started before the answer: clients give up and pay a second time."""
    on_response(service, first_time(ACCEPTED), late(5.2))


@breaks("PLAN-10")
def high_is_cheaper_than_medium(service: Service) -> None:
    """Two entries of the price list were exchanged: the dear quality is sold below its cost."""
    prices = service.parts.rules.prices
    change_rules(service, prices={**prices, "medium": prices["high"], "high": prices["medium"]})


@breaks("GEN-46", along=("account",))
def the_policy_is_not_for_everybody(service: Service) -> None:
    """A list of trusted customers was filled with all but the first: forbidden prompts of the others are drawn."""

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        plain = replace(order, prompt=order.prompt.replace(service.parts.rules.rejected, ""))
        return proper(account, order if account.name == "primary" else plain)

    around(service.studio, "accept", accept)
