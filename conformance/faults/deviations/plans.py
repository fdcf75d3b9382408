"""Servers that serve who does not pay, turn away who does, or charge another price."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.deviations.concurrency import leaks
from conformance.faults.verbs import (
    Object,
    Proper,
    answer,
    around,
    body_becomes,
    on_content,
    on_response,
    on_result,
    status_becomes,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError, Issue, invalid
from conformance.reference.model import Account, Order
from conformance.reference.request import Request

_GENERATE = (1, 2, 4, 7, 8, 9, 13, 16, 19, 23, 25, 30, 31, 46)
OF_A_CALL = ("IDEM-1", "IDEM-2", "IDEM-10", "IDEM-12", *(f"GEN-{number}" for number in _GENERATE))
"""What calls of the accounts of Pro are tested for: a 403 stands in for each of their answers."""


def _served_if(service: Service, when: Callable[[Order], bool]) -> None:
    """Any plan is served when the order is so."""
    admit = service.parts.plans.admit
    around(service.parts.plans, "admit", lambda *_: None)

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        if not when(order):
            admit(account)
        return proper(account, order)

    around(service.studio, "accept", accept)


@breaks(
    "PLAN-1",
    also=dict.fromkeys(("PLAN-6", "PLAN-8"), "those accounts are of the plan Pro")
    | dict.fromkeys(OF_A_CALL, "no call of an account of Pro is served"),
)
def only_max_is_served(service: Service) -> None:
    """The list of plans was written before Pro was sold: its customers pay for an API they cannot call."""
    around(
        service.parts.plans,
        "admit",
        lambda admit, account: admit(replace(account, plan="Free") if account.plan == "Pro" else account),
    )


@breaks("PLAN-2")
def every_plan_is_served(service: Service) -> None:
    """The plan is never looked at: what Pro and Max pay for is free."""
    around(service.parts.plans, "admit", lambda *_: None)


@breaks("PLAN-2", along=("order",))
def dear_images_are_for_everybody(service: Service) -> None:
    """The plan is not looked at on the best quality's code path: the dearest images are for everybody."""
    _served_if(service, lambda order: order.quality == "high")


@breaks("PLAN-2", along=("order",))
def the_default_quality_is_for_everybody(service: Service) -> None:
    """The plan is looked at where a quality is chosen, and the default is not: plain calls are for everybody."""
    _served_if(service, lambda order: order.quality == service.parts.rules.default_quality)


@breaks("PLAN-2", along=("order",))
def edits_are_for_everybody(service: Service) -> None:
    """Edits came later, and their code path does not look at the plan: whoever has an image edits it for nothing."""
    _served_if(service, lambda order: order.type == "edit")


@breaks("GEN-1")
def two_dear_portraits_are_refused(service: Service) -> None:
    """One row is missing in a table of what the model can make: one combination of valid values is refused."""

    def known(content: Object) -> Object:
        if (content.get("size"), content.get("quality"), content.get("n")) == ("1024x1536", "high", 2):
            raise invalid([Issue(("size",), "not with this quality")])
        return content

    on_content(service, "order", known)


@breaks("PLAN-2")
def a_free_plan_is_answered_402(service: Service) -> None:
    """One exception stands for plan and credits: users are told to buy credits, and buy them for nothing."""
    on_response(service, answer("generate", 403), status_becomes(402))


def _claims(service: Service, claimed: Callable[[Request], object]) -> None:
    """A caller that claims so is taken for a customer of another plan, with credits."""
    around(
        service.parts.authenticator,
        "account_of",
        lambda proper, request: (
            replace(proper(request), name="primary", plan="Pro") if claimed(request) else proper(request)
        ),
    )


@breaks("PLAN-2", "PLAN-6")
def a_plan_is_taken_from_a_header(service: Service) -> None:
    """The gateway's own header is trusted from outside: whoever writes it has any plan, and no need of credits."""
    _claims(service, lambda request: request.header("x-plan"))


@breaks("PLAN-2", "PLAN-6")
def a_plan_is_taken_from_a_cookie(service: Service) -> None:
    """The dashboard's cookie with the plan is not signed: whoever edits it has any plan."""
    _claims(service, lambda request: "plan=Pro" in (request.header("cookie") or ""))


@breaks("PLAN-2", "PLAN-6")
def a_plan_is_taken_from_the_query(service: Service) -> None:
    """A switch for demonstrations is left in: whoever knows the parameter has any plan."""
    _claims(service, lambda request: "plan=Pro" in request.query)


@breaks("PLAN-6")
def a_price_is_taken_from_the_body(service: Service) -> None:
    """The body is spread over the row with its price: whoever knows the column's name pays nothing."""
    given = dict[str, Any]()
    around(
        service.parts.validator,
        "order",
        lambda proper, body: (given.update(cost=b"costCredits" in body), proper(body))[1],
    )
    on_result(service.parts.prices, "of", lambda price, _: 0 if given.get("cost") else price)


@breaks("PLAN-3")
def the_refusal_of_a_plan_is_a_sentence(service: Service) -> None:
    """The framework's own 403 is sent under the media type of JSON: clients cannot parse why they were refused."""
    on_response(service, answer("generate", 403), body_becomes(b"Forbidden"))


@breaks("PLAN-6", also={"PLAN-12": "the one account without a credit left is like the other"})
def one_image_on_credit(service: Service) -> None:
    """Below zero is looked for, not below the price: everybody gets one image too many."""
    balance = service.parts.ledger.balance
    around(
        service.parts.ledger,
        "afford",
        lambda afford, account, cost: afford(
            account, 0 if balance[account.name] >= 0 and account.name != "capped" else cost
        ),
    )


@breaks(
    "PLAN-6",
    also={
        "PLAN-8": "both causes of a 402 are told alike",
        "PLAN-12": "the same",
        "PLAN-1": "403 is what other plans are told",
    },
)
def no_credits_is_answered_403(service: Service) -> None:
    """The balance is a permission in the code: clients tell their users to buy another plan."""
    on_response(service, answer("generate", 402), status_becomes(403))


@breaks("PLAN-6", along=("order",), also={"PLAN-8": "what costs nothing fits under any cap"})
def portraits_are_on_credit(service: Service) -> None:
    """The table of prices lacks a size, and what is not found costs nothing: one kind of image is free."""
    on_result(service.parts.prices, "of", lambda price, order: 0 if order.size == "1024x1536" else price)


@breaks("PLAN-6", "PLAN-8", along=("order",))
def edits_are_on_credit(service: Service) -> None:
    """An edit is charged when it is over, and nobody looks before: accounts without credits edit as they like."""
    afford = service.parts.ledger.afford
    around(service.parts.ledger, "afford", lambda *_: None)

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        if order.type != "edit":
            afford(account, service.parts.prices.of(order))
        return await proper(account, order)

    around(service.studio, "accept", accept)


@breaks("PLAN-6")
def the_second_call_without_credits_is_served(service: Service) -> None:
    """A cache remembers that the balance was looked at, not what it was: a repeated call is free."""
    asked = Counter[str]()

    def afford(proper: Proper, account: Account, cost: int) -> None:
        asked[account.name] += 1
        if not (account.name == "broke" and asked[account.name] == 2):
            proper(account, cost)

    around(service.parts.ledger, "afford", afford)


@breaks("PLAN-6", also={"PLAN-7": "a later call draws the 429", "PLAN-8": "a used up cap is told by 402 as well"})
def the_want_of_credits_keeps_a_slot(service: Service) -> None:
    """The slot is given back by whoever works, and here nobody does: soon every call is told to wait, for ever."""
    leaks(service, ApiError, status=402)


@breaks("PLAN-7")
def the_want_of_credits_is_a_sentence(service: Service) -> None:
    """The payment library's message is sent under the media type of JSON: clients cannot parse what they lack."""
    on_response(service, answer("generate", 402), body_becomes(b"Payment Required"))


def _cap(service: Service, change: Callable[[Account, int], Account]) -> None:
    """Whether an account can pay is judged as if it were another."""
    around(service.parts.ledger, "afford", lambda afford, account, cost: afford(change(account, cost), cost))


@breaks("PLAN-8")
def there_is_no_cap(service: Service) -> None:
    """The cap is stored and never looked at: one customer's bulk job takes all machines."""
    _cap(service, lambda account, _: replace(account, compute_cap=10**12))


@breaks("PLAN-8", along=("order",))
def cheap_images_are_not_capped(service: Service) -> None:
    """The fast quality is not counted as compute: one customer's drafts take all machines."""
    low = service.parts.rules.prices["low"]
    _cap(service, lambda account, cost: replace(account, compute_cap=10**12) if cost == low else account)


@breaks("PLAN-8")
def a_used_up_cap_is_answered_429(service: Service) -> None:
    """The cap is built on the rate limiter: clients wait a minute and try again, all month long."""

    def capped(account: Account, _: int) -> Account:
        if account.compute_used >= account.compute_cap:
            raise ApiError(429, "compute_cap", "The cap is used up.", headers=(("Retry-After", "60"),))
        return account

    _cap(service, capped)


@breaks("PLAN-9", also={"PLAN-12": "three credits do not buy three images", "IDEM-9": "B cannot be paid for"})
def low_costs_two(service: Service) -> None:
    """A fee is added to every call: customers run out of credits after half of their images."""
    on_result(service.parts.prices, "of", lambda price, _: price + 1)
