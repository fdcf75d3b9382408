"""Servers whose books are wrong: charged twice, never, or not given back."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request

Make = Callable[[], Awaitable[Any]]


def _on_repeat(service: Service, act: Callable[[Generation, object], object]) -> None:
    """Whatever is done with the first generation and the order of a repeat, before it is answered."""
    idempotency = service.parts.idempotency
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        if request.route == "generate" and request.header("idempotency-key"):
            record = idempotency.records.get(idempotency.scope(request))
            if record:
                act(record.result, content)
        return await once(request, content, make)

    idempotency.once = around  # type: ignore[method-assign]


def _charge(service: Service, first: Generation) -> None:
    service.parts.ledger.charge(first.account, first.cost)


@breaks("IDEM-3")
def a_repeat_is_charged(service: Service) -> None:
    """The same image, paid for twice: it shows on the bill only."""
    _on_repeat(service, lambda first, content: _charge(service, first) if first.order == content else None)


@breaks("IDEM-3")
def a_late_repeat_is_charged(service: Service) -> None:
    """The balance is touched when the record is read from the archive."""
    _on_repeat(
        service,
        lambda first, content: _charge(service, first) if first.order == content and first.completed_at else None,
    )


@breaks("IDEM-3")
def an_early_repeat_is_charged(service: Service) -> None:
    """Charged before the key is looked up, and given back only by those who find the job done."""
    _on_repeat(
        service,
        lambda first, content: _charge(service, first) if first.order == content and not first.completed_at else None,
    )


@breaks("IDEM-3")
def a_repeat_of_what_was_given_back_is_charged(service: Service) -> None:
    """The books say unpaid, so the next call with the key pays: for an image that never came."""
    _on_repeat(
        service,
        lambda first, content: (
            _charge(service, first)
            if first.order == content and first.completed_at and first.status != "succeeded"
            else None
        ),
    )


@breaks("IDEM-2")
def a_repeat_needs_credits(service: Service) -> None:
    """The balance is looked at before the key: who spent the last credit cannot learn the id of what it bought."""
    _on_repeat(service, lambda first, content: service.parts.ledger.afford(first.account, first.cost))


@breaks("IDEM-9")
def another_body_is_charged(service: Service) -> None:
    """Refused, and paid for all the same."""
    _on_repeat(service, lambda first, content: _charge(service, first) if first.order != content else None)


@breaks("IDEM-9", also={"IDEM-8": "the new generation is what is paid for"})
def another_body_buys_another_image(service: Service) -> None:
    """The key is kept with the body."""
    idempotency = service.parts.idempotency
    once = idempotency.once

    async def around(request: Request, content: object, make: Make) -> Any:
        record = idempotency.records.get(idempotency.scope(request))
        keyed = request.route == "generate" and request.header("idempotency-key")
        return await make() if keyed and record and record.content != content else await once(request, content, make)

    idempotency.once = around  # type: ignore[method-assign]


def _refunds(service: Service, times: Callable[[Generation, int], int]) -> None:
    """How many times the price of an ended generation is given back; the number counts those that ended so before."""
    end, ended = service.studio.end, Counter[str]()

    def altered(generation: Generation, status: Any, error: str | None = None) -> None:
        end(generation, status, error)
        extra = times(generation, ended[status]) - (status != "succeeded")
        ended[status] += 1
        service.parts.ledger.balance[generation.account.name] += extra * generation.cost

    service.studio.end = altered  # type: ignore[method-assign]


@breaks("LIFE-16")
def blocked_is_kept(service: Service) -> None:
    """Moderation's mistakes are paid for by the customers."""
    _refunds(service, lambda generation, before: int(generation.status == "failed"))


@breaks("LIFE-16")
def blocked_is_given_back_once(service: Service) -> None:
    """A safeguard against refunding twice is kept by account, not by generation."""
    _refunds(service, lambda generation, before: int(generation.status != "succeeded" and not (
        generation.status == "blocked" and before)))  # fmt: skip


@breaks("LIFE-17")
def failed_is_kept(service: Service) -> None:
    """The model's mistakes are paid for by the customers."""
    _refunds(service, lambda generation, before: int(generation.status == "blocked"))


@breaks("LIFE-17")
def failed_is_given_back_once(service: Service) -> None:
    """A safeguard against refunding twice is kept by account, not by generation."""
    _refunds(service, lambda generation, before: int(generation.status != "succeeded" and not (
        generation.status == "failed" and before)))  # fmt: skip


@breaks("LIFE-16")
def nothing_is_given_back(service: Service) -> None:
    """Every image that never came is paid for. The first kind ends the books, so that the second stays unclear."""
    _refunds(service, lambda generation, before: 0)


@breaks("PLAN-12")
def failed_is_given_back_twice(service: Service) -> None:
    """Both the worker and the supervisor give back: prompts that fail are a source of credits."""
    _refunds(service, lambda generation, before: {"failed": 2, "blocked": 1}.get(generation.status, 0))


@breaks("PLAN-12")
def blocked_is_given_back_twice(service: Service) -> None:
    """Both the moderator and the worker give back: forbidden prompts are a source of credits."""
    _refunds(service, lambda generation, before: {"failed": 1, "blocked": 2}.get(generation.status, 0))


@breaks("PLAN-12")
def a_repeat_of_what_failed_gives_back_again(service: Service) -> None:
    """Whoever reads the record settles it: repeating a call that failed is a source of credits."""
    ledger = service.parts.ledger
    _on_repeat(
        service,
        lambda first, content: (
            ledger.refund(first.account, first.cost) if first.order == content and first.status == "failed" else None
        ),
    )


@breaks("PLAN-12")
def success_is_given_back(service: Service) -> None:
    """Whatever has ended is given back: nothing costs anything."""
    _refunds(service, lambda generation, before: 1)


@breaks("PLAN-12")
def every_third_image_is_free(service: Service) -> None:
    """A batch of charges that loses one."""
    charge, count = service.parts.ledger.charge, Counter[str]()

    def lossy(account: Account, cost: int) -> None:
        count[account.name] += 1
        if count[account.name] % 3:
            charge(account, cost)
        else:
            charge(account, 0)

    service.parts.ledger.charge = lossy  # type: ignore[method-assign]


@breaks("PLAN-12")
def dear_images_on_credit(service: Service) -> None:
    """Whether there is any credit is looked at, and for the dearest quality not even that."""
    accept, ledger = service.studio.accept, service.parts.ledger

    async def lenient(account: Account, order: Order) -> Generation:
        if order.quality == "high" and account.name == "metered":
            ledger.balance[account.name] += service.parts.prices.of(order)
        return await accept(account, order)

    service.studio.accept = lenient  # type: ignore[method-assign]


@breaks("PLAN-12")
def dear_images_for_the_last_credit(service: Service) -> None:
    """Whether there is any credit is looked at, not whether there is enough."""
    afford = service.parts.ledger.afford
    service.parts.ledger.afford = lambda account, cost: afford(account, min(cost, 1))  # type: ignore[method-assign]


@breaks("PLAN-12", also={"PLAN-6": "the account without any credits is told the same", "PLAN-8": "the same"})
def no_credits_is_a_bad_request(service: Service) -> None:
    """Clients look for the mistake in their body."""
    afford = service.parts.ledger.afford

    def refuse(account: Account, cost: int) -> None:
        try:
            afford(account, cost)
        except ApiError as error:
            raise ApiError(400, "credits", "prompt, n or quality: not enough credits") from error

    service.parts.ledger.afford = refuse  # type: ignore[method-assign]


@breaks("PLAN-12")
def two_are_charged_for_one(service: Service) -> None:
    """The price is right in the record and wrong in the books."""
    charge = service.parts.ledger.charge
    service.parts.ledger.charge = lambda account, cost: charge(account, cost + 1)  # type: ignore[method-assign]
