"""Servers that serve who does not pay, turn away who does, or charge another price."""

from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.faults.deviations.concurrency import leaks
from conformance.faults.verbs import answer, body_becomes, status_becomes, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order


def _served_if(service: Service, when: Callable[[Order], bool]) -> None:
    """Any plan is served when the order is so."""
    admit, accept = service.parts.plans.admit, service.studio.accept
    service.parts.plans.admit = lambda account: None  # type: ignore[method-assign]

    async def accept_some(account: Account, order: Order) -> Generation:
        if not when(order):
            admit(account)
        return await accept(account, order)

    service.studio.accept = accept_some  # type: ignore[method-assign]


def _priced(service: Service, price: Callable[[Order, int], int]) -> None:
    of = service.parts.prices.of
    service.parts.prices.of = lambda order: price(order, of(order))  # type: ignore[method-assign]


@breaks("PLAN-1", also=dict.fromkeys(("PLAN-6", "PLAN-8"), "those accounts are of the plan Pro"))
def only_max_is_served(service: Service) -> None:
    """Customers of Pro pay for an API they cannot call."""
    admit = service.parts.plans.admit
    service.parts.plans.admit = lambda account: admit(  # type: ignore[method-assign]
        replace(account, plan="Free") if account.plan == "Pro" else account
    )


@breaks("PLAN-2")
def every_plan_is_served(service: Service) -> None:
    """What Pro and Max pay for is free."""
    service.parts.plans.admit = lambda account: None  # type: ignore[method-assign]


@breaks("PLAN-2")
def dear_images_are_for_everybody(service: Service) -> None:
    """The plan is looked at on one of the code paths only."""
    _served_if(service, lambda order: order.quality == "high")


@breaks("PLAN-2")
def the_default_quality_is_for_everybody(service: Service) -> None:
    """The plan is looked at on one of the code paths only."""
    _served_if(service, lambda order: order.quality == "medium")


@breaks("PLAN-2")
def a_free_plan_is_answered_402(service: Service) -> None:
    """Clients tell their users to buy credits, and they buy them for nothing."""
    writes(service, answer("generate", 403), status_becomes(402))


@breaks("PLAN-3")
def the_refusal_of_a_plan_is_a_sentence(service: Service) -> None:
    """The body is announced as JSON and is none."""
    writes(service, answer("generate", 403), body_becomes(b"Forbidden"))


@breaks("PLAN-6", also={"PLAN-12": "the one account without a credit left is like the other"})
def one_image_on_credit(service: Service) -> None:
    """Below zero is looked for, not below the price: everybody gets one image too many."""
    afford = service.parts.ledger.afford

    def lenient(account: Account, cost: int) -> None:
        afford(account, 0 if service.parts.ledger.balance[account.name] >= 0 and account.name != "capped" else cost)

    service.parts.ledger.afford = lenient  # type: ignore[method-assign]


@breaks(
    "PLAN-6",
    also={
        "PLAN-8": "both causes of a 402 are told alike",
        "PLAN-12": "the same",
        "PLAN-1": "403 is what other plans are told",
    },
)
def no_credits_is_answered_403(service: Service) -> None:
    """Clients tell their users to buy another plan."""
    writes(service, answer("generate", 402), status_becomes(403))


@breaks("PLAN-6")
def the_second_call_without_credits_is_served(service: Service) -> None:
    """A cache remembers that the balance was looked at, not what it was."""
    afford, asked = service.parts.ledger.afford, dict[str, int]()

    def forgetful(account: Account, cost: int) -> None:
        asked[account.name] = asked.get(account.name, 0) + 1
        if not (account.name == "broke" and asked[account.name] == 2):
            afford(account, cost)

    service.parts.ledger.afford = forgetful  # type: ignore[method-assign]


@breaks("PLAN-6", also={"PLAN-7": "a later call draws the 429", "PLAN-8": "a used up cap is told by 402 as well"})
def the_want_of_credits_keeps_a_slot(service: Service) -> None:
    """The slot is given back by whoever works, and here nobody does: the sixth call is told to wait, for ever."""
    leaks(service, ApiError, status=402)


@breaks("PLAN-7")
def the_want_of_credits_is_a_sentence(service: Service) -> None:
    """The body is announced as JSON and is none."""
    writes(service, answer("generate", 402), body_becomes(b"Payment Required"))


def _cap(service: Service, change: Callable[[Account, int], Account]) -> None:
    afford = service.parts.ledger.afford
    service.parts.ledger.afford = (  # type: ignore[method-assign]
        lambda account, cost: afford(change(account, cost), cost)
    )


@breaks("PLAN-8")
def there_is_no_cap(service: Service) -> None:
    """One customer's bulk job takes all machines."""
    _cap(service, lambda account, cost: replace(account, compute_cap=10**12))


@breaks("PLAN-8")
def cheap_images_are_not_capped(service: Service) -> None:
    """The fast quality is not counted as compute."""
    _cap(service, lambda account, cost: replace(account, compute_cap=10**12) if cost == 1 else account)


@breaks("PLAN-8")
def a_used_up_cap_is_answered_429(service: Service) -> None:
    """Clients wait a second and try again, all month long."""

    def capped(account: Account, cost: int) -> Account:
        if account.compute_used >= account.compute_cap:
            raise ApiError(429, "compute_cap", "The cap is used up.", headers=(("Retry-After", "60"),))
        return account

    _cap(service, capped)


@breaks("PLAN-9", also={"PLAN-12": "three credits do not buy three images", "IDEM-9": "B cannot be paid for"})
def low_costs_two(service: Service) -> None:
    """Customers run out of credits after half of their images."""
    _priced(service, lambda order, price: price + 1)
