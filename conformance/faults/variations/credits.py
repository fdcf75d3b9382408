"""Conformant servers that keep their books in another way."""

from conformance.faults.catalogue import permitted
from conformance.faults.deviations.credits import charged_at_the_end
from conformance.faults.verbs import Proper, around, on_record, on_result
from conformance.reference import Service
from conformance.reference.model import Account


@permitted("R22")
def a_refund_shows_in_the_record(service: Service) -> None:
    """Chosen by servers whose record says what was charged in the end: 0."""
    on_record(
        service,
        lambda generation, record: record | ({"costCredits": 0} if generation.status in {"blocked", "failed"} else {}),
    )


@permitted("R22")
def success_is_what_is_charged(service: Service) -> None:
    """Chosen by servers that set credits aside for what is at work, and charge when the image is there."""
    charged_at_the_end(service)

    def afford(proper: Proper, account: Account, cost: int) -> None:
        at_work = [g.cost for g in service.parts.generations.values() if g.account is account and not g.completed_at]
        proper(account, cost + sum(at_work))

    around(service.parts.ledger, "afford", afford)


@permitted("R22", "R39")
def a_refund_takes_a_moment(service: Service) -> None:
    """Chosen by servers whose books are kept by a worker of their own: ten seconds after the end."""
    refund, clock = service.parts.ledger.refund, service.parts.clock

    async def later(account: Account, cost: int) -> None:
        await clock.sleep(10)
        refund(account, cost)

    around(service.parts.ledger, "refund", lambda _, account, cost: clock.spawn(later(account, cost)))


@permitted("R22", "R39")
def several_images_have_a_discount(service: Service) -> None:
    """Chosen by servers that sell images by the dozen: each after the first costs half."""
    on_result(service.parts.prices, "of", lambda price, order: (price + price // order.n + 1) // 2)


@permitted("R22", "R39")
def prices_have_fractions(service: Service) -> None:
    """Chosen by servers that sell quality by the megapixel: 1 for low, 1.5 for medium, 2.5 for high."""
    dearer = {"medium": 1.5, "high": 2.5}
    on_result(service.parts.prices, "of", lambda _, order: dearer.get(order.quality, 1) * order.n)


@permitted("R22")
def credits_have_halves(service: Service) -> None:
    """Chosen by servers that count in floating point: 1.0 is 1."""
    on_result(service.parts.prices, "of", lambda price, _: float(price))
