"""A ledger kept from outside: what an account of known balance can still buy tells what was charged (R22).

Every purchase costs one credit, and they stand in such an order that the first one refused for want of credits names
the rule that was broken before it. With three credits, where [n] is what a conformant target leaves of them:

    A [2]         Then calls that end in 400 and 422
    B [1]         refused: those were charged, or A cost more than one credit (PLAN-12)
    blocked [1]   refused: A or B cost more than one credit (PLAN-12)
    failed [1]    refused: the blocked one was not given back (LIFE-16)
    blocked [1]   refused: the failed one was not given back (LIFE-17)
    failed [1]    refused: the second blocked one was not given back (LIFE-16)
    blocked [1]   refused: the second failed one was not given back (LIFE-17). Its key with another body, and A's
    failed [1]    refused: those were charged (IDEM-9). Its key and body again, B's, and those of what was given back
    dear [1]      accepted at a price of more than one credit: bought on credit (PLAN-12); at one, it stands for C
    C [0]         refused: those were charged (IDEM-3)
    D             accepted: something was not charged, or given back twice (PLAN-12)

What an account holds beyond three is spent first. Without prompts that end so, A's key is used with other bodies, and
B's again. Each generation is over before the next is bought, so that it does not matter whether a target charges at
acceptance or at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.cases.bodies import TOO_MANY, a_generation
from conformance.client import Api
from conformance.contract import documented
from conformance.errors import Inconclusive, NotTested, SuiteError
from conformance.evidence import Exchange
from conformance.world.generations import watch
from conformance.world.life import Life
from conformance.world.world import World

LEAST_HELD, MOST_HELD = 3, 12
SECOND_TRY = 15.0
"""Seconds of the target's time after which what was refused for want of credits is tried once more."""
PRICED = "PLAN-12"
GIVEN_BACK = {"blocked": "LIFE-16", "failed": "LIFE-17"}


@dataclass(frozen=True)
class Purchase:
    """`shows` is the requirement that was broken before, if this is refused for want of credits."""

    name: str
    shows: str
    life: Life

    @property
    def refused(self) -> bool:
        return self.life.accepted.status == 402


@dataclass
class Ledger:
    """The purchases in order, ending with one that was refused, if one was."""

    purchases: list[Purchase] = field(default_factory=list)
    dear: Life | None = None
    """Images of the dearest kind, where they were sold for the last credit."""
    beyond: list[Exchange] = field(default_factory=list)
    """Calls for which there was no credit left."""
    repeats: list[Exchange] = field(default_factory=list)
    """A's key and body once more, when there was no credit left."""
    trouble: SuiteError | None = None
    """What ended it early, other than a refusal."""

    def showing(self, requirement: str) -> list[Purchase]:
        """The purchases that show a requirement kept or broken.

        Raises Inconclusive when it came to none of them, NotTested when the target file has no prompt for one.
        """
        found = [purchase for purchase in self.purchases if purchase.shows == requirement]
        if not any(purchase.refused for purchase in found):
            self.must_be_whole()
        if not found:
            raise NotTested("needs prompts that end so", 'add blocked = "…" and failed = "…" to [prompts]')
        return found

    def purchase(self, name: str) -> Purchase:
        return next(purchase for purchase in self.purchases if purchase.name == name)

    def must_be_whole(self) -> None:
        """Raises Inconclusive when it did not come to the last credit."""
        last = self.purchases[-1] if self.purchases else None
        if last and last.refused:
            raise Inconclusive(f"depends on {last.shows}: the credits ran out at {last.name}", root=last.shows)
        if self.trouble:
            raise self.trouble


@pytest.fixture(scope="session")
def ledger(world: World, metered: Api) -> Ledger:
    """All purchases, up to one that is refused. Raises Inconclusive when the first is: nobody refilled the account."""
    account = world.target.accounts.metered
    held = (account.credits if account else None) or 0
    if not LEAST_HELD <= held <= MOST_HELD:
        raise NotTested(
            f"needs an account that holds {LEAST_HELD} to {MOST_HELD} credits, not {held}",
            "refill it to 3 and set credits = 3 in [accounts.metered]",
        )
    book = _Book(world, metered, Ledger())
    try:
        book.keep(held)
    except SuiteError as error:
        book.ledger.trouble = error
    _must_be_refilled(book.ledger, held)
    return book.ledger


def _must_be_refilled(ledger: Ledger, held: int) -> None:
    first = ledger.purchases[0] if ledger.purchases else None
    if first and first.refused:
        raise Inconclusive(
            f"the account 'metered' was not refilled: it cannot pay for one image ({first.life.accepted.told})",
            f"give it {held} credits before each run, as [accounts.metered] says",
        )


@dataclass
class _Book:
    world: World
    api: Api
    ledger: Ledger
    unsettled: str = PRICED
    """The requirement that the next purchase will show kept or broken."""
    keys: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    """By the names of the purchases; where none is given, the name is the prompt."""

    def keep(self, held: int) -> None:
        spare = [f"spare credit {number}" for number in range(1, held - LEAST_HELD + 1)]
        if all(self.buy(name) for name in spare) and (
            self.buy_with_refunds() if self.fates else self.buy_without_refunds()
        ):
            self.ledger.beyond = [self.order(a_generation(prompt="D", quality=q), "") for q in ("low", "high")]
            self.ledger.repeats = [self.repeat("A")]

    def buy_with_refunds(self) -> bool:
        """A and B, then what is given back: twice each to be sure of it, and once more to carry the repeats."""
        if not (
            self.buy("A", self.refused_calls)
            and self.buy("B")
            and all(self.buy_refunded(fate) for fate in self.fates * 2)
        ):
            return False
        other, same = (self.fates * 2)[:2]
        return (
            self.buy_refunded(other, lambda name: self.repeat(name, "another body"))
            and self.blame_next("IDEM-9", self.repeat("A", "another body than A"))
            and self.buy_refunded(same, self.repeat)
            and self.blame_next("IDEM-3", self.repeat("B"), *(self.repeat(f"{fate} 1") for fate in self.fates))
            and self.last()
        )

    def buy_without_refunds(self) -> bool:
        """A carries its key with other bodies, B its repeats."""
        return (
            self.buy("A", lambda name: self.repeat(name, "another body"))
            and self.blame_next("IDEM-9", self.repeat("A", "another body than A"))
            and self.buy("B", self.repeat)
            and self.blame_next("IDEM-3", self.repeat("B"))
            and self.last()
        )

    def refused_calls(self, _: str) -> None:
        """Calls that end in 400 and 422, and are not charged."""
        for body in (a_generation(n=TOO_MANY), a_generation(quality="finest")):
            self.order(body, self.world.fresh())
        if rejected := self.world.target.prompts.rejected:
            for _again in range(2):
                self.order(a_generation(prompt=rejected), self.world.fresh())

    @property
    def fates(self) -> list[str]:
        """The endings with a refund that the target file has a prompt for."""
        return [fate for fate in GIVEN_BACK if getattr(self.world.target.prompts, fate)]

    def last(self) -> bool:
        """C, once the dearest images have been refused; where they are sold for one credit, they are C."""
        body = a_generation(prompt="C, in every detail", quality="high", n=documented().images)
        with self.world.quota.work(self.api.account):
            life = watch(self.world, self.api, self.order(body, self.world.fresh()))
        if not 200 <= life.accepted.status < 300:
            return self.buy("C")
        self.ledger.dear = life
        self.ledger.purchases.append(Purchase("C", self.unsettled, life))
        _ = life.end
        return True

    def blame_next(self, requirement: str, *_: Exchange) -> bool:
        self.unsettled = requirement
        return True

    def buy_refunded(self, fate: str, meanwhile: Callable[[str], object] | None = None) -> bool:
        """One that ends so, and is given back."""
        name = f"{fate} {sum(purchase.name.startswith(fate) for purchase in self.ledger.purchases) + 1}"
        self.prompts[name] = getattr(self.world.target.prompts, fate)
        bought = self.buy(name, meanwhile)
        if bought:
            self.ledger.purchases[-1].life.ended(fate)
        return self.blame_next(GIVEN_BACK[fate]) and bought

    def buy(self, name: str, meanwhile: Callable[[str], object] | None = None) -> bool:
        """One image of low quality, watched until it is over. Whether it was not refused for want of credits."""
        body, key = a_generation(prompt=self.prompts.get(name, name)), self.keys.setdefault(name, self.world.fresh())
        with self.world.quota.work(self.api.account):
            accepted = self.order(body, key)
            if accepted.status == 402 and self.ledger.purchases:
                self.world.clock.sleep(SECOND_TRY)
                self.keys[name] = self.world.fresh()  # what a key does after a 4xx is open (R11)
                accepted = self.order(body, self.keys[name])
            if meanwhile and accepted.status != 402:
                meanwhile(name)
            purchase = Purchase(name, self.unsettled, watch(self.world, self.api, accepted))
        self.ledger.purchases.append(purchase)
        if not purchase.refused:
            _ = purchase.life.end
        return not purchase.refused

    def order(self, body: dict[str, object], key: str) -> Exchange:
        return self.api.generate(body, idempotency_key=key, probe="a purchase")

    def repeat(self, name: str, prompt: str = "") -> Exchange:
        """The key of a purchase again, with its own prompt or another."""
        body = a_generation(prompt=prompt or self.prompts.get(name, name))
        return self.api.generate(body, idempotency_key=self.keys[name], probe="a repeated key", tags=("replay",))
