"""Conformant servers that gate, order and price what the documentation leaves open."""

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, answer, around, on_response, on_result, refusal
from conformance.reference import Service
from conformance.reference.model import Account, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R1")
def other_plans_may_do_nothing(service: Service) -> None:
    """Chosen by servers that check the plan with the key: upload and polling are closed as well."""

    def free(request: Request) -> bool:
        return request.account is not None and request.account.plan == "Free"

    def gate(_: Request, response: Response) -> Response:
        limits = [pair for pair in response.headers if pair[0].lower().startswith("x-ratelimit")]
        return refusal(403, "Pro or Max plan required").with_headers(limits)

    for route in ("upload", "generation"):
        on_response(service, answer(route, to=free), gate)


@permitted("R16")
def credits_come_before_the_body(service: Service) -> None:
    """Chosen by servers that look at the balance in a middleware: 402 even for an invalid body."""
    ledger = service.parts.ledger

    def admit(proper: Proper, account: Account) -> None:
        proper(account)
        if not ledger.balance[account.name] and not account.credits:  # repeats need no credits
            ledger.afford(account, 1)

    around(service.parts.plans, "admit", admit)


@permitted("R22")
def four_images_cost_as_much_as_one(service: Service) -> None:
    """Chosen by servers that sell calls."""
    on_result(service.parts.prices, "of", lambda price, order: price // order.n)


@permitted("R22")
def all_qualities_cost_the_same(service: Service) -> None:
    """Chosen by servers with one model."""
    around(service.parts.prices, "of", lambda _, order: order.n)


@permitted("R22")
def larger_images_of_better_quality_cost_more(service: Service) -> None:
    """Chosen by servers that count pixels; low stays at one credit."""
    square = service.parts.rules.default_size

    def by_pixels(price: int, order: Order) -> int:
        return price + (order.size != square and order.quality != "low")

    on_result(service.parts.prices, "of", by_pixels)
