"""An account of known balance, and what it buys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conformance.cases.bodies import a_generation
from conformance.checks.times import instant
from conformance.checks.windows import now
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.blame import GATEWAY, TOO_MANY
from conformance.plan.cost import AT_WORK
from conformance.world.generations import longest, watch
from conformance.world.held_calls import seconds_to_wait, sent_together
from conformance.world.life import Life
from conformance.world.prices import ONE, Prices, in_credits
from conformance.world.world import World

SECOND_TRY = 15.0
"""Seconds of the target's time after which what was refused for want of credits is tried once more."""
WANT = 402
LOST = GATEWAY | {0}
"""Statuses of calls that are sent again under their key (R44); 0: no answer."""

Body = dict[str, Any]
Meanwhile = Callable[[str], object]


def in_words(name: str) -> str:
    """What the purchase of this name orders, for a reader of one call alone."""
    kind = name.partition(" ")[0]
    if kind in {"blocked", "failed"}:
        return f"order {name!r}, of a generation that ends {kind}, so that its credits are given back"
    if kind == "spare":
        return f"order {name!r}, to use up credits that are not needed later"
    return f"order {name!r}, of one image for one credit"


@dataclass(frozen=True)
class Purchase:
    """`shows` is the requirement that was broken before, if this is refused for want of credits."""

    name: str
    shows: str
    life: Life
    price: Decimal = ONE
    """In credits, as the account was shown it."""

    @property
    def refused(self) -> bool:
        return self.life.accepted.status == WANT


@dataclass
class Unseen:
    """A generation that nobody has polled, and for how many seconds of the target's time nobody has."""

    accepted: Exchange
    fate: str
    waited: float


@dataclass
class Purse:
    """`left` are the credits of the account by the prices that it was shown."""

    world: World
    api: Api
    left: Decimal
    purchases: list[Purchase]
    shows: str
    """The requirement that the next purchase will show kept or broken."""
    bodies: dict[str, Body] = field(default_factory=dict)
    """By the names of the purchases; likewise the idempotency keys."""
    keys: dict[str, str] = field(default_factory=dict)
    unseen: Unseen | None = None
    prices: Prices = field(default_factory=dict)

    def entry(self, name: str, life: Life) -> Purchase:
        """What was bought, at the price of an order with such fields; one image of low quality costs one credit."""
        body = self.bodies.get(name, {})
        price = next((price for price, fields in self.prices.items() if fields and fields.items() <= body.items()), ONE)
        return Purchase(name, self.shows, life, price)

    def order(self, body: Body, key: str, **options: Any) -> Exchange:
        return self.api.generate(body, idempotency_key=key, **options)

    def repeat(self, name: str, prompt: str = "") -> Exchange:
        """The key of a purchase again, with its own prompt or another."""
        body = self.bodies[name] | ({"prompt": prompt} if prompt else {})
        return self.order(body, self.keys[name], probe="a repeated key", tags=("replay",))

    def buy(self, name: str, body: Body, meanwhile: Meanwhile | None = None) -> bool:
        """One generation, watched until it is over. Whether it was not refused for want of credits."""
        self.bodies[name] = body
        with self.world.quota.work(self.api.account):
            accepted = self._ordered(name)
            if meanwhile and accepted.status != WANT:
                meanwhile(name)
            return self._entered(name, watch(self.world, self.api, accepted))

    def buy_together(self, bodies: dict[str, Body], *, once: bool = False) -> bool:
        """Generations ordered in the same moment, watched until all are over. Whether none was refused."""
        with self.world.quota.work(self.api.account, len(bodies)):
            calls = self.ordered_together(bodies, once=once)
            lives = {name: watch(self.world, self.api, call) for name, call in calls.items()}
        entered = [self._entered(name, life) for name, life in lives.items()]
        return all(entered)

    def ordered_together(self, bodies: dict[str, Body], *, once: bool = False) -> dict[str, Exchange]:
        """The answers, by names. What was refused for want of credits is ordered again, unless `once`."""
        self.bodies |= bodies
        self.keys |= {name: self.world.fresh() for name in bodies}
        orders = [(body, self.keys[name]) for name, body in bodies.items()]
        calls = dict(zip(bodies, sent_together(self.world, self.api, orders, "in the same moment"), strict=True))
        return {name: self._answered(name, call, once=once) for name, call in calls.items()}

    def buy_unseen(self, name: str, body: Body, fate: str, seconds: float) -> bool:
        """One generation that nobody polls for so long, or, where that costs nothing, as long as it may take."""
        self.bodies[name] = body
        free = not self.world.clock.real_seconds(1)
        wait = longest(self.world) + SECOND_TRY if free else seconds
        with self.world.quota.work(self.api.account, 2):
            accepted = self._ordered(name)
            self.purchases.append(self.entry(name, Life(self.api, accepted)))
            if accepted.status != WANT:
                self.unseen = Unseen(accepted, fate, wait)
                self.order(a_generation(prompt=body["prompt"]), self.world.fresh(), probe="while all is spent")
                self.world.clock.sleep(wait)
        return accepted.status != WANT

    def spend_down_to(self, credits_: Decimal, prices: Prices) -> bool:
        """Buy, a few at the same moment, until so many credits are left, or a fraction of one more.

        Whether nothing was refused.
        """
        while self.left - credits_ >= ONE:
            bodies = self._few(self.left - credits_, prices)
            if not self.buy_together(bodies):
                return False
            self.left -= sum(map(self._price, self.purchases[-len(bodies) :]), Decimal(0))
        return True

    def _few(self, most: Decimal, prices: Prices) -> dict[str, Body]:
        """Orders that cost so many credits at most, the dearest first."""
        few = dict[str, Body]()
        while most >= ONE and len(few) < AT_WORK:
            price = max(price for price in prices if price <= most)
            name = f"spare purchase {len(self.purchases) + len(few) + 1}"
            few[name] = a_generation(prompt=name, **prices[price])
            most -= price
        return few

    def _price(self, purchase: Purchase) -> Decimal:
        body = purchase.life.body
        if body == a_generation(prompt=body["prompt"]):
            return ONE
        price = in_credits(purchase.life.ended("succeeded").member("costCredits"))
        if price < ONE:
            raise Inconclusive(f"depends on a price of one credit at least ({purchase.life.end.told})", root="LIFE-15")
        return price

    def _entered(self, name: str, life: Life) -> bool:
        self.purchases.append(self.entry(name, life))
        if life.accepted.status != WANT:
            _ = life.end
        return life.accepted.status != WANT

    def _ordered(self, name: str) -> Exchange:
        self.keys[name] = self.world.fresh()
        return self._answered(name, self._named(name))

    def _answered(self, name: str, call: Exchange, *, once: bool = False) -> Exchange:
        """The answer. What was lost is sent again under its key, what was refused under another one."""
        if call.status in LOST:
            return self._named(name)
        if call.status != WANT:
            self.unseen = None  # what it cost was given back
        again = {TOO_MANY} if once else {WANT, TOO_MANY}
        if call.status not in again or not self.purchases or self._was_over_before(call):
            return call
        self.world.clock.sleep(SECOND_TRY if call.status == WANT else seconds_to_wait(call))
        self.keys[name] = self.world.fresh()  # what a key does after a 4xx is open (R11)
        return self._named(name, "; once more, as it was refused")

    def _named(self, name: str, again: str = "") -> Exchange:
        return self.order(self.bodies[name], self.keys[name], probe=f"{in_words(name)}{again}")

    def _was_over_before(self, refused: Exchange) -> bool:
        """Whether what nobody has polled was over when this was refused, and had been for a while.

        Raises Inconclusive when it did not end as its prompt makes it end.
        """
        unseen, self.unseen = self.unseen, None
        if unseen is None or refused.status != WANT:
            return False
        end = watch(self.world, self.api, unseen.accepted).ended(unseen.fate)
        if unseen.waited > longest(self.world):
            return True
        completed, date = instant(end.member("completedAt")), now(refused)
        return bool(completed and date and completed.timestamp() + SECOND_TRY <= date)
