"""Conformant servers that keep their books in another way."""

from typing import Any

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.model import Generation


@permitted("R22")
def a_refund_shows_in_the_record(service: Service) -> None:
    """Chosen by servers whose record says what was charged in the end: 0."""
    record = service.parts.presenter.record

    def shown(generation: Generation) -> dict[str, Any]:
        given_back = generation.status in {"blocked", "failed"}
        return record(generation) | ({"costCredits": 0} if given_back else {})

    service.parts.presenter.record = shown  # type: ignore[method-assign]


@permitted("R22")
def success_is_what_is_charged(service: Service) -> None:
    """Chosen by servers that charge when the image is there, so that there is nothing to give back."""
    ledger, end = service.parts.ledger, service.studio.end
    charge = ledger.charge
    ledger.charge = lambda account, cost: None  # type: ignore[method-assign]
    ledger.refund = lambda account, cost: None  # type: ignore[method-assign]

    def charged(generation: Generation, status: Any, error: str | None = None) -> None:
        if status == "succeeded":
            charge(generation.account, generation.cost)
        end(generation, status, error)

    service.studio.end = charged  # type: ignore[method-assign]


@permitted("R22")
def credits_have_halves(service: Service) -> None:
    """Chosen by servers that count in floating point: 1.0 is 1."""
    of = service.parts.prices.of
    service.parts.prices.of = lambda order: float(of(order))  # type: ignore[method-assign,assignment,return-value]
