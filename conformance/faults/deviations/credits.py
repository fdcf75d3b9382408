"""Servers whose books are wrong: charged twice, never, or not given back."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    Proper,
    after_call,
    answer,
    around,
    before_repeat,
    is_throttled,
    made_anew,
    on_keyed_call,
    on_record,
    on_response,
    refuse_while_unanswered,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response


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
    _refunds(service, lambda *_: 0)  # blocks end the books, so that what becomes of failures stays unclear


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


@breaks("PLAN-12", along=("order",))
def dear_images_on_credit(service: Service) -> None:
    """A new quality was added without a look at the balance: customers order what they cannot pay."""

    def accept(proper: Proper, account: Account, order: Order) -> Any:
        if order.quality == "high" and account.name == "metered":
            service.parts.ledger.balance[account.name] += service.parts.prices.of(order)
        return proper(account, order)

    around(service.studio, "accept", accept)


@breaks("PLAN-12", along=("order",))
def the_price_of_one_image_is_asked_for(service: Service) -> None:
    """What one image costs is compared with the balance, and all are charged: whoever can pay one gets four."""
    ordered = list[int]()

    def of(proper: Proper, order: Order) -> Any:
        ordered.append(order.n)
        return proper(order)

    around(service.parts.prices, "of", of)
    around(service.parts.ledger, "afford", lambda afford, account, cost: afford(account, cost // ordered[-1]))


@breaks("PLAN-12", along=("order",))
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


def _gives_back(service: Service, amount: Callable[[Generation], int], *statuses: str) -> None:
    """A number of credits comes back for a generation that ends in one of these statuses, at once."""

    def end(proper: Proper, generation: Generation, status: str, error: str | None = None) -> None:
        proper(generation, status, error)
        if status in statuses:
            service.parts.ledger.balance[generation.account.name] += amount(generation) - generation.cost

    around(service.studio, "end", end)


@breaks("LIFE-17", along=("order",))
def the_refund_is_for_one_of_several_images(service: Service) -> None:
    """The refund knows the price of an image and not their number: three of four images that failed are paid for."""
    _gives_back(service, lambda generation: generation.cost // generation.order.n, "failed")


@breaks("LIFE-16", along=("order",))
def the_refund_is_at_the_lowest_quality(service: Service) -> None:
    """The refund counts images, not credits: who ordered high quality gets a quarter back from moderation."""
    _gives_back(service, lambda generation: generation.order.n, "blocked")


@breaks("LIFE-17", along=("order",))
def the_refund_has_a_cap(service: Service) -> None:
    """A guard against large refunds was set when one image was all there was: dear failures are paid for in part."""
    _gives_back(service, lambda generation: min(generation.cost, 4), "failed")


@breaks("LIFE-16", along=("order",))
def the_refund_is_rounded_down(service: Service) -> None:
    """Credits are sold in packs of five and given back in packs: what is over stays with the operator."""
    _gives_back(service, lambda generation: max(generation.cost // 5 * 5, min(generation.cost, 4)), "blocked")


@breaks("LIFE-17", along=("order",))
def a_failed_edit_is_kept(service: Service) -> None:
    """Edits have a worker of their own, without the refund: an edit that never came is paid for."""
    _gives_back(service, lambda generation: generation.cost * (generation.order.type != "edit"), "failed")


@breaks("LIFE-16", along=("order",))
def a_blocked_edit_is_given_back_as_one_image(service: Service) -> None:
    """The moderator of edits gives back one credit, whatever was ordered: the rest is paid for."""
    _gives_back(service, lambda generation: 1 if generation.order.type == "edit" else generation.cost, "blocked")


@breaks("LIFE-17", along=("at-once",))
def the_refund_is_at_the_price_of_the_latest_request(service: Service) -> None:
    """The price is kept by account, not by generation: another request meanwhile decides what comes back."""
    latest = dict[str, int]()

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        latest[account.name] = service.parts.prices.of(order)
        return await proper(account, order)

    around(service.studio, "accept", accept)
    _gives_back(service, lambda generation: min(generation.cost, latest[generation.account.name]), "failed")


def _on_poll(service: Service, numbers: Callable[[int], int], *statuses: str) -> None:
    """Polls of a generation that ended so add this many times its price to the balance, by their number from 1 on."""
    polls = Counter[str]()

    def record(generation: Generation, shown: dict[str, Any]) -> dict[str, Any]:
        if generation.status in statuses:
            polls[generation.id] += 1
            service.parts.ledger.balance[generation.account.name] += numbers(polls[generation.id]) * generation.cost
        return shown

    on_record(service, record)


@breaks("LIFE-17")
def a_failed_one_is_given_back_when_it_is_polled(service: Service) -> None:
    """Whoever reads the record settles it: customers who wait for webhooks pay for what failed."""
    _gives_back(service, lambda _: 0, "failed")
    _on_poll(service, lambda number: int(number == 1), "failed")


@breaks("LIFE-16")
def a_second_poll_takes_the_refund_back(service: Service) -> None:
    """Settling toggles the row: who looks twice pays for what was blocked."""
    _on_poll(service, lambda number: -1 if number == 2 else 0, "blocked")


@breaks("PLAN-12")
def a_second_poll_gives_back_again(service: Service) -> None:
    """Whoever reads the record settles it, but for the first who does: polling is a source of credits."""
    _on_poll(service, lambda number: int(number > 1), "blocked", "failed")


def _later(service: Service, times: int, status: str) -> None:
    """Half a minute after a generation has ended so, its price is added to the balance this many times."""

    async def late(generation: Generation) -> None:
        await service.parts.clock.sleep(30)
        service.parts.ledger.balance[generation.account.name] += times * generation.cost

    service.parts.ended.append(
        lambda generation: service.parts.clock.spawn(late(generation)) if generation.status == status else None
    )


@breaks("LIFE-17", along=("late",))
def a_late_result_takes_the_refund_back(service: Service) -> None:
    """The worker that was given up delivers all the same, and is paid: the customer sees a failure and no refund."""
    _later(service, -1, "failed")


@breaks("PLAN-12", along=("late",))
def a_late_failure_gives_back_again(service: Service) -> None:
    """The supervisor gives back at the time limit, and so does the worker: failures are a source of credits."""
    _later(service, 1, "failed")


@breaks("LIFE-17", along=("at-once",))
def of_two_refunds_at_once_one_is_lost(service: Service) -> None:
    """The balance is read, added to and written without a lock: two failures in one moment give back one price."""
    moments = set[tuple[str, float]]()

    def amount(generation: Generation) -> int:
        moment = generation.account.name, service.parts.clock.now()
        lost = moment in moments
        moments.add(moment)
        return 0 if lost else generation.cost

    _gives_back(service, amount, "failed")


@breaks("PLAN-12", along=("at-once",))
def a_refund_undoes_what_was_charged_since(service: Service) -> None:
    """The refund writes the balance back that was read before its own charge: what was bought meanwhile is free."""
    charges, undone = list[str](), set[str]()

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        made = await proper(account, order)
        charges.append(made.id)
        return made

    def end(proper: Proper, generation: Generation, status: str, error: str | None = None) -> None:
        proper(generation, status, error)
        if status == "failed":
            since = [service.parts.generations[id_] for id_ in charges[charges.index(generation.id) + 1 :]]
            for other in since:
                if other.account is generation.account and other.id not in undone and not other.completed_at:
                    undone.add(other.id)
                    service.parts.ledger.refund(other.account, other.cost * (other.fate is None))

    around(service.studio, "accept", accept)
    around(service.studio, "end", end)


def _slowly(service: Service, book: Callable[[Account, int, int], int]) -> None:
    """What the metered account has after a charge is `book(account, before, cost)`; `before` was read a moment ago."""
    balance = service.parts.ledger.balance

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        if account.name != "metered":
            return await proper(account, order)
        before = balance[account.name]
        service.parts.ledger.afford(account, service.parts.prices.of(order))
        await asyncio.sleep(0.1)
        made = await proper(account, order)
        balance[account.name] = book(account, before, made.cost)
        return made

    around(service.studio, "accept", accept)


@breaks("PLAN-12", along=("at-once",))
def purchases_at_once_cost_one(service: Service) -> None:
    """The balance is read, and written when the order is stored: of purchases in one moment the last one is charged."""
    _slowly(service, lambda _, before, cost: before - cost)


@breaks("PLAN-12", along=("at-once",))
def the_balance_is_overdrawn_at_once(service: Service) -> None:
    """The balance is looked at, and charged when the order is stored: calls in one moment all find the last credit."""
    ledger = service.parts.ledger

    async def accept(proper: Proper, account: Account, order: Order) -> Any:
        if account.name != "metered":
            return await proper(account, order)
        cost = service.parts.prices.of(order)
        ledger.afford(account, cost)
        await asyncio.sleep(0.1)
        ledger.balance[account.name] += cost  # it was found sufficient before
        try:
            return await proper(account, order)
        finally:
            ledger.balance[account.name] -= cost

    around(service.studio, "accept", accept)


def charged_at_the_end(service: Service) -> None:
    """Success is what is charged, when it comes."""
    charge = service.parts.ledger.charge
    for method in ("charge", "refund"):
        around(service.parts.ledger, method, lambda *_: None)

    def end(proper: Proper, generation: Generation, status: str, error: str | None = None) -> None:
        if status == "succeeded":
            charge(generation.account, generation.cost)
        proper(generation, status, error)

    around(service.studio, "end", end)


@breaks("PLAN-12", along=("at-once",))
def the_price_is_taken_only_at_the_end(service: Service) -> None:
    """Nothing is set aside for what is at work: as many images as one likes are queued for the last credit."""
    charged_at_the_end(service)


@breaks("PLAN-12", along=("worker",))
def each_worker_reads_the_balance_for_itself(service: Service) -> None:
    """Workers keep the balance in memory for a moment: what is bought through two of them at once is charged once."""
    read, count, balance = dict[tuple[str, int], tuple[float, int]](), itertools.count(), service.parts.ledger.balance

    def charge(proper: Proper, account: Account, cost: int) -> None:
        now, worker = service.parts.clock.now(), next(count) % 2
        for each in range(2):
            if read.get((account.name, each), (0.0, 0))[0] != now:
                read[account.name, each] = now, balance[account.name]
        proper(account, cost)
        balance[account.name] = read[account.name, worker][1] - cost
        read[account.name, worker] = now, balance[account.name]

    around(service.parts.ledger, "charge", charge)


@breaks("PLAN-12", along=("after-429",))
def a_throttled_call_is_charged(service: Service) -> None:
    """The charge stands before the limiter, and is not undone: whoever sends too much pays for nothing."""

    def charge(request: Request, error: BaseException | None) -> None:
        if is_throttled(error) and request.route == "generate":
            service.parts.ledger.charge(request.caller, 1)

    after_call(service, charge)


def _charged_when_refused(service: Service, status: int) -> None:
    on_response(service, answer("generate", status), lambda request, response: _charged(service, request, response))


def _charged(service: Service, request: Request, response: Response) -> Response:
    service.parts.ledger.charge(request.caller, 1)
    return response


@breaks("PLAN-12")
def an_invalid_body_is_charged(service: Service) -> None:
    """The charge stands in front of the validator: a typing error costs a credit."""
    _charged_when_refused(service, 400)


@breaks("IDEM-3", along=("at-once",))
def a_conflict_is_charged(service: Service) -> None:
    """A repeat of an unanswered call is refused after its charge: impatient clients pay for a 409."""
    refuse_while_unanswered(service, 409, "conflict")
    _charged_when_refused(service, 409)


@breaks("IDEM-3", along=("at-once",))
def repeats_at_once_are_both_charged(service: Service) -> None:
    """The charge stands before the lock of the key: of two calls in one moment both pay, for one image."""
    under_way = Counter[object]()

    async def once(proper: Proper, request: Request, content: Any, make: Proper) -> Any:
        scope = service.parts.idempotency.scope(request)
        if under_way[scope]:
            service.parts.ledger.charge(request.caller, service.parts.prices.of(content))
        under_way[scope] += 1
        try:
            await asyncio.sleep(0.05)
            return await proper(request, content, make)
        finally:
            under_way[scope] -= 1

    on_keyed_call(service, once)
