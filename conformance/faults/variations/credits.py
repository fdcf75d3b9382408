"""Conformant servers that keep their books in another way."""

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, around, on_record, on_result
from conformance.reference import Service
from conformance.reference.model import Generation


@permitted("R22")
def a_refund_shows_in_the_record(service: Service) -> None:
    """Chosen by servers whose record says what was charged in the end: 0."""
    on_record(
        service,
        lambda generation, record: record | ({"costCredits": 0} if generation.status in {"blocked", "failed"} else {}),
    )


@permitted("R22")
def success_is_what_is_charged(service: Service) -> None:
    """Chosen by servers that charge when the image is there, so that there is nothing to give back."""
    charge = service.parts.ledger.charge
    for method in ("charge", "refund"):
        around(service.parts.ledger, method, lambda *_: None)

    def end(proper: Proper, generation: Generation, status: str, error: str | None = None) -> None:
        if status == "succeeded":
            charge(generation.account, generation.cost)
        proper(generation, status, error)

    around(service.studio, "end", end)


@permitted("R22")
def credits_have_halves(service: Service) -> None:
    """Chosen by servers that count in floating point: 1.0 is 1."""
    on_result(service.parts.prices, "of", lambda price, _: float(price))
