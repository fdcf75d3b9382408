"""Conformant servers that gate, order and price what the documentation leaves open."""

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R1")
def other_plans_may_do_nothing(service: Service) -> None:
    """Chosen by servers that check the plan with the key: upload and polling are closed as well."""

    def gate(request: Request, response: Response) -> Response:
        if request.route not in {"upload", "generation"} or request.account is None or request.account.plan != "Free":
            return response
        refusal = ApiError(403, "plan_required", "Pro or Max plan required").response()
        return Response(403, (*refusal.headers, *_limits(response)), refusal.body)

    service.rewriters.append(gate)


def _limits(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in response.headers if pair[0].lower().startswith("x-ratelimit"))


@permitted("R16")
def credits_come_before_the_body(service: Service) -> None:
    """Chosen by servers that look at the balance in a middleware: 402 even for an invalid body."""
    admit, ledger = service.parts.plans.admit, service.parts.ledger

    def admit_payers(account: Account) -> None:
        admit(account)
        if not ledger.balance[account.name] and not account.credits:  # repeats need no credits
            ledger.afford(account, 1)

    service.parts.plans.admit = admit_payers  # type: ignore[method-assign]


@permitted("R22")
def four_images_cost_as_much_as_one(service: Service) -> None:
    """Chosen by servers that sell calls."""
    prices = service.parts.prices
    prices.of = lambda order: prices.rules.prices[order.quality]  # type: ignore[method-assign]


@permitted("R22")
def all_qualities_cost_the_same(service: Service) -> None:
    """Chosen by servers with one model."""
    prices = service.parts.prices
    prices.of = lambda order: order.n  # type: ignore[method-assign]


@permitted("R22")
def larger_images_of_better_quality_cost_more(service: Service) -> None:
    """Chosen by servers that count pixels; low stays at one credit."""
    of = service.parts.prices.of

    def by_pixels(order: Order) -> int:
        return of(order) + (order.size != "1024x1024" and order.quality != "low")

    service.parts.prices.of = by_pixels  # type: ignore[method-assign]
