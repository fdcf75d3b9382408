"""A ledger kept from outside: what an account of known balance can still buy tells what was charged (R22, R39).

The purchases stand in such an order that the first one refused for want of credits names the rule that was broken
before it. Where [n] is what a conformant target leaves of P credits, P being what the dearest order costs that the
balance covers (or 3, where one image is all it covers), and what ends blocked or failed is given back whole:

    dear [P]      refused: its price differs between accounts, and no refund of dear orders is judged
    dear [P]      refused: the blocked one was not given back whole (LIFE-16). Nobody polls this one for a while
    dear [P]      refused: the failed one was not given back whole (LIFE-17). Then a blocked edit
    dear [P]      refused: those blocked were not given back (LIFE-16). Then a failed edit, and two failed ones at once
    dear [P]      refused: those failed were not given back (LIFE-17). Then one key four times, twice of them at once
    dear [P]      refused: those repeats were charged (IDEM-3). Then a sixth call in flight, mostly refused with 429

Down to three credits all else is spent, a few purchases at the same time; where prices have fractions, one may be left
beside them. Calls that end in 400 and 422 follow, and are not charged. From here on every purchase costs one credit:

    failed [2]    While it is at work, and in the same moment:
    A, B [0, 1]   refused: something refused was charged, or something cost more than it should (PLAN-12)
    blocked [1]   refused: the failed one was not given back, or gave back a charge (LIFE-17). Its key with another
                  body, and A's
    failed [1]    refused: those were charged (IDEM-9). Its key and body again, B's, and those of what was given back
    dear [1]      accepted at a price of more than one credit: bought on credit (PLAN-12); at one, it stands for C
    cheap [1]     so many images of the cheapest kind as there may be: likewise
    C [0]         three at the same time, of which one is accepted. None is: those were charged (IDEM-3). More than one
                  succeeds: credits were spent twice (PLAN-12)
    D             accepted: something was not charged, or given back twice (PLAN-12)

Where no order is dearer than one image, blocked and failed ones come twice more after A and B. Without prompts that end
so, A's key is used with other bodies, and B's again. But for what is bought at the same time, each generation is over
before the next is bought, so that it does not matter whether a target charges at acceptance or at the end.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from conformance.cases.bodies import TOO_MANY, a_generation
from conformance.client import Api
from conformance.client.quota import AT_ONCE
from conformance.contract import documented
from conformance.counted import counted
from conformance.errors import Inconclusive, NotTested, SuiteError
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY as THROTTLED
from conformance.target.config import LEAST_HELD, MOST_HELD
from conformance.world.generations import watch
from conformance.world.held_calls import seconds_to_wait, sent_together, together
from conformance.world.life import Life
from conformance.world.prices import ONE, Prices, affordable
from conformance.world.purse import SECOND_TRY, Body, Meanwhile, Purchase, Purse
from conformance.world.slots import input_image
from conformance.world.world import World

PRICED = "PLAN-12"
GIVEN_BACK = {"blocked": "LIFE-16", "failed": "LIFE-17"}
LAST = 3
"""How many are ordered in the same moment for the last credit."""
UNSEEN = 3
"""How many times as long as the generation before it one is left alone that nobody polls."""


@dataclass
class Ledger:
    """The purchases in order, ending with one that was refused, if one was."""

    purchases: list[Purchase] = field(default_factory=list)
    dear: Life | None = None
    """Several images, where they were sold for the last credit."""
    balance: float = 1
    """What was left then, with a fraction where prices have some."""
    last: list[Life] = field(default_factory=list)
    """What was ordered in the same moment for the last credit."""
    unlike: Inconclusive | None = None
    """Why no refunds of dear orders were seen."""
    beyond: list[Exchange] = field(default_factory=list)
    """Calls for which there was no credit left."""
    repeats: list[Exchange] = field(default_factory=list)
    """A's key and body once more, when there was no credit left."""
    trouble: SuiteError | None = None
    """What ended it early, other than a refusal."""
    held: int = 0
    """Credits that the account was given."""

    def showing(self, requirement: str) -> list[Purchase]:
        """The purchases that show a requirement kept or broken.

        Raises Inconclusive when it came to none of them, NotTested when the target file has no prompt for one.
        """
        found = [purchase for purchase in self.purchases if purchase.shows == requirement]
        if not any(purchase.refused for purchase in found):
            if self.unlike and requirement in GIVEN_BACK.values():
                raise self.unlike
            self.must_be_whole()
        if not found:
            raise NotTested("needs prompts that end so", 'add blocked = "…" and failed = "…" to [prompts]')
        return found

    def before(self, purchase: Purchase) -> list[Purchase]:
        """The purchases that were accepted before this one."""
        return self.purchases[: self.purchases.index(purchase)]

    def sum_for(self, purchase: Purchase) -> str:
        """Why the account can pay for it, in words: what was held, spent and given back."""
        left = self.held - self.spent(self.before(purchase))
        return (
            f"{purchase.name!r} costs {purchase.price}, and {left} must be left: {self.sum_of(self.before(purchase))}"
        )

    def sum_of(self, purchases: Sequence[Purchase]) -> str:
        """What was held, spent and given back, in words."""
        back = [repr(one.name) for one in purchases if one.name.startswith(tuple(GIVEN_BACK))]
        given = f", and all that {', '.join(back)} cost was to be given back" if back else ""
        spent = f"{self.spent(purchases)} spent on what was made"
        return f"{self.declared}, {self.held} were held; {spent}{given}"

    @property
    def declared(self) -> str:
        """Where the balance is from, which nobody but the target knows, and what to do where it is wrong."""
        return f"by [accounts.metered] credits = {self.held} (correct it, if the account held another number)"

    def spent(self, purchases: Sequence[Purchase]) -> Decimal:
        """Credits for what is not given back."""
        return sum((one.price for one in purchases if not one.name.startswith(tuple(GIVEN_BACK))), Decimal(0))

    def purchase(self, name: str) -> Purchase:
        return next(purchase for purchase in self.purchases if purchase.name == name)

    def must_be_whole(self) -> None:
        """Raises Inconclusive when it did not come to the last credit."""
        for purchase in self.purchases:
            if purchase.refused:
                shows = purchase.shows
                raise Inconclusive(f"depends on {shows}: the credits ran out at {purchase.name}", root=shows)
        if self.trouble:
            raise self.trouble


@pytest.fixture(scope="session")
def ledger(world: World, metered: Api, primary: Api) -> Ledger:
    """All purchases, up to one that is refused. Raises Inconclusive when the first is: nobody refilled the account."""
    account = world.target.accounts.metered
    if "ledger" in world.past.interrupted:
        raise NotTested(
            "the run was interrupted while account 'metered' was buying, so that its balance is not known any more",
            "top it up to what [accounts.metered] says, and run this again",
        )
    held = (account.credits if account else None) or 0
    if not LEAST_HELD <= held <= MOST_HELD:
        raise NotTested(
            f"needs an account that holds {LEAST_HELD} to {MOST_HELD} credits, not {held}",
            "refill it to 3 and set credits = 3 in [accounts.metered]",
        )
    book = _Book(world, metered, held)
    try:
        book.keep(affordable(world, primary, held) if book.fates else {ONE: {}})
    except SuiteError as error:
        book.ledger.trouble = error
    _must_be_refilled(book.ledger, held)
    return book.ledger


def _must_be_refilled(ledger: Ledger, held: int) -> None:
    first = ledger.purchases[0] if ledger.purchases else None
    if first and first.refused:
        raise Inconclusive(
            f"the account 'metered' was not refilled: it cannot pay for one image ({first.life.accepted.told})",
            f"give it {counted(held, 'credit')} before each run, as [accounts.metered] says",
        )


class _Book:
    """Buys in the order that the ledger tells."""

    def __init__(self, world: World, api: Api, held: int) -> None:
        self.world, self.api, self.ledger = world, api, Ledger(held=held)
        self.purse = Purse(world, api, Decimal(held), self.ledger.purchases, PRICED)

    @property
    def fates(self) -> list[str]:
        """The endings with a refund that the target file has a prompt for."""
        return [fate for fate in GIVEN_BACK if getattr(self.world.target.prompts, fate)]

    def keep(self, prices: Prices) -> None:
        self.purse.prices = prices
        bought = self.purse.spend_down_to(max(Decimal(LEAST_HELD), *prices), prices) and (
            self.with_refunds(prices) if self.fates else self.without_refunds()
        )
        if bought and self.last():
            self.ledger.beyond = [self.beyond(quality) for quality in ("low", "high")]
            self.ledger.repeats = [self.purse.repeat("A")]

    def beyond(self, quality: str) -> Exchange:
        body = a_generation(prompt="D", quality=quality)
        return self.purse.order(body, "", probe="order 'D', when no credit is left")

    def with_refunds(self, prices: Prices) -> bool:
        other, same = (self.fates * 2)[:2]
        dear = self.dear(prices[max(prices)], other, same) if len(prices) > 1 else None
        if dear is False or not self.purse.spend_down_to(Decimal(LEAST_HELD), prices):
            return False
        self.refused_calls()
        return (
            self.together(same)
            and (bool(dear) or all(self.refunded(fate) for fate in self.fates * 2))
            and self.refunded(other, lambda name: self.purse.repeat(name, "another body"))
            and self.blame_next("IDEM-9", self.purse.repeat("A", "another body than A"))
            and self.refunded(same, self.purse.repeat)
            and self.blame_next(
                "IDEM-3", self.purse.repeat("B"), *(self.purse.repeat(f"{fate} 1") for fate in self.fates)
            )
        )

    def without_refunds(self) -> bool:
        """A carries its key with other bodies, B its repeats."""
        repeat = self.purse.repeat
        return (
            self.one("A", meanwhile=lambda name: repeat(name, "another body"))
            and self.blame_next("IDEM-9", repeat("A", "another body than A"))
            and self.one("B", meanwhile=repeat)
            and self.blame_next("IDEM-3", repeat("B"))
        )

    # Dear orders, while the balance is the price of one.

    def dear(self, fields: Mapping[str, Any], other: str, same: str) -> bool | None:
        """Dear orders that are given back, each with what the next one shows; None when the first is refused."""
        began = self.world.clock.reading()
        if not self.covered(fields, other):
            return None
        seconds = UNSEEN * (self.world.clock.reading() - began) + SECOND_TRY
        return (
            self.left_alone(same, fields, seconds)
            and self.refunded(other, **fields)
            and self.beside(self.edit, other)
            and self.refunded(same, **fields)
            and self.beside(self.edit, same)
            and self.beside(self.two_at_once, same)
            and self.refunded(other, **fields)
            and self.blame_next("IDEM-3", *self.one_key(other), self.purse.repeat(f"{same} 1"))
            and self.refunded(same, **fields)
            and self.blame_next(PRICED, *self.sixth(other))
        )

    def covered(self, fields: Mapping[str, Any], fate: str) -> bool:
        """The first dear order; it is polled once more after its end. Without it, nothing is said of its refund."""
        before = list(self.ledger.purchases)
        if self.refunded(fate, **fields):
            self.api.generation(self.ledger.purchases[-1].life.id, probe="once more, after its end")
            return True
        refused = self.ledger.purchases[-1].life.accepted
        self.ledger.purchases[:] = before
        self.purse.shows = PRICED
        self.ledger.unlike = Inconclusive(
            f"depends on a price: an order that primary's record says the balance covers was refused ({refused.told})",
            root=PRICED,
        )
        return False

    def left_alone(self, fate: str, fields: Mapping[str, Any], seconds: float) -> bool:
        """A dear order that nobody polls before it is over."""
        name, body = self.fated(fate, fields)
        return self.purse.buy_unseen(name, body, fate, seconds) and self.blame_next(GIVEN_BACK[fate])

    def beside(self, act: Callable[[str], object], fate: str) -> bool:
        """What costs nothing in the end, and must be given back as well."""
        act(fate)
        return self.blame_next(GIVEN_BACK[fate])

    def edit(self, fate: str) -> None:
        """An edit of two images; what it costs is not known, so that a 402 says nothing."""
        with suppress(Inconclusive):
            key = input_image(self.world, self.api, 60).key
            body = self.prompted(fate, {"type": "edit", "inputImageKeys": [key], "n": 2})
            self.watched(fate, self.purse.order(body, self.world.fresh(), probe="an edit"))

    def two_at_once(self, fate: str) -> None:
        """Two that end in the same moment."""
        orders = [(self.prompted(fate), self.world.fresh()) for _ in range(2)]
        with self.world.quota.work(self.api.account, 2):
            for call in sent_together(self.world, self.api, orders, "two that end in the same moment"):
                self.watched(fate, call)

    def one_key(self, fate: str) -> list[Exchange]:
        """One order twice in the same moment under one key, once more at work and once after its end."""
        body, key = self.prompted(fate), self.world.fresh()
        with self.world.quota.work(self.api.account, 2):
            calls = sent_together(self.world, self.api, [(body, key)] * 2, "twice in the same moment under one key")
            again = self.purse.order(body, key, probe="a repeated key", tags=("replay",))
            for call in calls:
                self.watched(fate, call)
        return [*calls, again, self.purse.order(body, key, probe="a repeated key", tags=("replay",))]

    def sixth(self, fate: str) -> list[Exchange]:
        """A generate call while five uploads are held open: where that draws a 429, it is not charged."""
        order = self.prompted(fate)
        seen = together(
            self.world, self.api, AT_ONCE, "five at once, with a purchase beside them",
            lambda: self.purse.order(order, "", expects_429=True, allow_unreachable=True, probe="a sixth in flight"),
        ).meanwhile  # fmt: skip
        if seen and seen.status == THROTTLED:
            self.world.clock.sleep(seconds_to_wait(seen))
        if seen:
            self.watched(fate, seen)
        return [seen] if seen else []

    def watched(self, fate: str, call: Exchange) -> None:
        """It is over as its prompt says, where it was accepted."""
        if 200 <= call.status < 300:
            watch(self.world, self.api, call).ended(fate)

    # Purchases of one credit, while few are left.

    def refused_calls(self) -> None:
        """Calls that end in 400 and 422, and are not charged."""
        for body in (a_generation(n=TOO_MANY), a_generation(quality="finest")):
            self.purse.order(body, self.world.fresh(), probe="an invalid order")
        if rejected := self.world.target.prompts.rejected:
            for _again in range(2):
                order = a_generation(prompt=rejected)
                self.purse.order(order, self.world.fresh(), probe="an order with a rejected prompt")

    def together(self, fate: str) -> bool:
        """A and B in the same moment, while what is given back is at work.

        That the two are refused is charged to what came before, and nothing is said of the refund then. They are not
        tried again, since what is at work would pay for them; so what was given back before has its time now.
        """
        self.world.clock.sleep(SECOND_TRY)
        pair = {name: a_generation(prompt=name) for name in ("A", "B")}
        return (
            self.refunded(fate, lambda _: self.purse.buy_together(pair, once=True))
            and not any(purchase.refused for purchase in self.ledger.purchases)
            and self.blame_next(GIVEN_BACK[fate])
        )

    def last(self) -> bool:
        """C, three times in the same moment, once several images have been refused.

        Where those are sold for one credit, they are C.
        """
        self.ledger.balance = float(ONE + self.purse.left % ONE)
        if any(self.several(quality) for quality in ("high", "low")):
            return True
        many = {f"C {number}": a_generation(prompt=f"C {number}") for number in range(1, LAST + 1)}
        with self.world.quota.work(self.api.account, LAST):
            calls = self.purse.ordered_together(many, once=True)
            self.ledger.last = [watch(self.world, self.api, call) for call in calls.values()]
        bought = [life for life in self.ledger.last if 200 <= life.accepted.status < 300]
        if not bought:
            return self.one("C")
        self.ledger.purchases.append(Purchase("C", self.purse.shows, bought[0]))
        return all(life.end for life in bought)

    def several(self, quality: str) -> bool:
        """As many images as there may be. Whether they are sold for the last credit, and so are C."""
        body = a_generation(prompt="C, in every detail", quality=quality, n=documented().images)
        with self.world.quota.work(self.api.account):
            probe = "as many images as may be ordered, for the last credit"
            life = watch(self.world, self.api, self.purse.order(body, self.world.fresh(), probe=probe))
        if not 200 <= life.accepted.status < 300:
            return False
        self.ledger.dear = life
        self.ledger.purchases.append(Purchase("C", self.purse.shows, life))
        _ = life.end
        return True

    # What all of them take.

    def blame_next(self, requirement: str, *_: Exchange) -> bool:
        self.purse.shows = requirement
        return True

    def prompted(self, fate: str, fields: Mapping[str, Any] | None = None) -> Body:
        return a_generation(prompt=getattr(self.world.target.prompts, fate), **(fields or {}))

    def fated(self, fate: str, fields: Mapping[str, Any]) -> tuple[str, Body]:
        """The name and the body of the next one that ends so."""
        number = sum(purchase.name.startswith(fate) for purchase in self.ledger.purchases) + 1
        return f"{fate} {number}", self.prompted(fate, fields)

    def refunded(self, fate: str, meanwhile: Meanwhile | None = None, **fields: Any) -> bool:
        """One that ends so, and is given back."""
        name, body = self.fated(fate, fields)
        bought = self.purse.buy(name, body, meanwhile)
        if bought:
            self.ledger.purchases[-1].life.ended(fate)
        return self.blame_next(GIVEN_BACK[fate]) and bought

    def one(self, name: str, meanwhile: Meanwhile | None = None) -> bool:
        return self.purse.buy(name, a_generation(prompt=name), meanwhile)
