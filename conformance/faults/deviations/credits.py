"""Servers whose books are wrong: charged twice, never, or not given back."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import Proper, around, before_repeat, made_anew
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order


def _charges(service: Service, when: Callable[[Generation, object], object]) -> None:
    """A repeat is charged when this holds of the first generation and the order of the repeat."""
    charge = service.parts.ledger.charge
    before_repeat(service, lambda first, content: charge(first.account, first.cost) if when(first, content) else None)


@breaks("IDEM-3")
def a_repeat_is_charged(service: Service) -> None:
    """The charge stands before the look-up of the key: the same image is paid for twice."""
    _charges(service, lambda first, content: first.order == content)


@breaks("IDEM-3")
def a_late_repeat_is_charged(service: Service) -> None:
    """Reading a record from the archive books it anew: a client that comes back after the end pays again."""
    _charges(service, lambda first, content: first.order == content and first.completed_at)


@breaks("IDEM-3")
def an_early_repeat_is_charged(service: Service) -> None:
    """The charge is undone only where the job is found done: a client that repeats a call at once pays twice."""
    _charges(service, lambda first, content: first.order == content and not first.completed_at)


@breaks("IDEM-3")
def a_repeat_of_what_was_given_back_is_charged(service: Service) -> None:
    """A refund marks the row as unpaid, so that the next call with the key pays: for an image that never came."""
    _charges(
        service, lambda first, content: first.order == content and first.completed_at and first.status != "succeeded"
    )


@breaks("IDEM-2")
def a_repeat_needs_credits(service: Service) -> None:
    """The balance is looked at before the key: who spent the last credit cannot learn the id of what it bought."""
    before_repeat(service, lambda first, _: service.parts.ledger.afford(first.account, first.cost))


@breaks("IDEM-9")
def another_body_is_charged(service: Service) -> None:
    """The charge is not rolled back when the key turns out to be used: a refused call is paid for."""
    _charges(service, lambda first, content: first.order != content)


@breaks("IDEM-9", also={"IDEM-8": "the new generation is what is paid for"})
def another_body_buys_another_image(service: Service) -> None:
    """The unique index is over key and body: a client with a timestamp in its body pays for every retry."""
    made_anew(service, lambda first, content: first.order != content)


def _refunds(service: Service, times: Callable[[Generation, int], int]) -> None:
    """How many times the price of an ended generation is given back; the number counts those that ended so before."""
    ended = Counter[str]()

    def end(proper: Proper, generation: Generation, status: str, error: str | None = None) -> None:
        proper(generation, status, error)
        extra = times(generation, ended[status]) - (status != "succeeded")
        ended[status] += 1
        service.parts.ledger.balance[generation.account.name] += extra * generation.cost

    around(service.studio, "end", end)


@breaks("LIFE-16")
def blocked_is_kept(service: Service) -> None:
    """The refund is tied to the status failed alone: moderation's mistakes are paid for by the customers."""
    _refunds(service, lambda generation, _: int(generation.status == "failed"))


@breaks("LIFE-16")
def blocked_is_given_back_once(service: Service) -> None:
    """A guard against refunding twice is kept by account, not by generation: from the second block on, none comes."""
    _refunds(
        service,
        lambda generation, before: int(
            generation.status == "failed" or (generation.status == "blocked" and not before)
        ),
    )


@breaks("LIFE-17")
def failed_is_kept(service: Service) -> None:
    """The refund is tied to the status blocked alone: the model's mistakes are paid for by the customers."""
    _refunds(service, lambda generation, _: int(generation.status == "blocked"))


@breaks("LIFE-17")
def failed_is_given_back_once(service: Service) -> None:
    """A guard against refunding twice is kept by account, not by generation: later failures are paid for."""
    _refunds(
        service,
        lambda generation, before: int(
            generation.status == "blocked" or (generation.status == "failed" and not before)
        ),
    )


@breaks("LIFE-16")
def nothing_is_given_back(service: Service) -> None:
    """The refund was never written: every image that never came is paid for."""
    _refunds(service, lambda *_: 0)


@breaks("PLAN-12")
def failed_is_given_back_twice(service: Service) -> None:
    """Both the worker and the supervisor give back: prompts that fail are a source of credits."""
    _refunds(service, lambda generation, _: {"failed": 2, "blocked": 1}.get(generation.status, 0))


@breaks("PLAN-12")
def blocked_is_given_back_twice(service: Service) -> None:
    """Both the moderator and the worker give back: forbidden prompts are a source of credits."""
    _refunds(service, lambda generation, _: {"failed": 1, "blocked": 2}.get(generation.status, 0))


@breaks("PLAN-12")
def a_repeat_of_what_failed_gives_back_again(service: Service) -> None:
    """Whoever reads the record settles it: repeating a call that failed is a source of credits."""
    refund = service.parts.ledger.refund
    before_repeat(
        service,
        lambda first, content: (
            refund(first.account, first.cost) if first.order == content and first.status == "failed" else None
        ),
    )


@breaks("PLAN-12")
def success_is_given_back(service: Service) -> None:
    """The refund looks at whether a generation has ended, not how: nothing costs anything."""
    _refunds(service, lambda *_: 1)


@breaks("PLAN-12")
def every_third_image_is_free(service: Service) -> None:
    """A batch of charges loses its last row: the operator gives away a third of the images."""
    count = Counter[str]()

    def charge(proper: Proper, account: Account, cost: int) -> None:
        count[account.name] += 1
        proper(account, cost if count[account.name] % 3 else 0)

    around(service.parts.ledger, "charge", charge)


@breaks("PLAN-12")
def dear_images_on_credit(service: Service) -> None:
    """A new quality was added without a look at the balance: customers order what they cannot pay."""

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        if order.quality == "high" and account.name == "metered":
            service.parts.ledger.balance[account.name] += service.parts.prices.of(order)
        return proper(account, order)

    around(service.studio, "accept", accept)


@breaks("PLAN-12")
def dear_images_for_the_last_credit(service: Service) -> None:
    """Whether there is any credit is looked at, not whether there is enough: the last credit buys the dearest image."""
    around(service.parts.ledger, "afford", lambda afford, account, cost: afford(account, min(cost, 1)))


@breaks("PLAN-12", also={"PLAN-6": "the account without any credits is told the same", "PLAN-8": "the same"})
def no_credits_is_a_bad_request(service: Service) -> None:
    """The balance is checked in the validator: clients look for the mistake in their body."""

    def afford(proper: Proper, account: Account, cost: int) -> None:
        try:
            proper(account, cost)
        except ApiError as error:
            raise ApiError(400, "credits", "prompt, n or quality: not enough credits") from error

    around(service.parts.ledger, "afford", afford)


@breaks("PLAN-12")
def two_are_charged_for_one(service: Service) -> None:
    """The books add a fee that the record leaves out: the bill is higher than the sum of the prices shown."""
    around(service.parts.ledger, "charge", lambda charge, account, cost: charge(account, cost + 1))
