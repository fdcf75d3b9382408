"""What orders cost, learned on an account that can afford them."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.contract import documented
from conformance.errors import SuiteError
from conformance.evidence.jsontext import within_range
from conformance.world.generations import generate_together
from conformance.world.world import World

MOST = documented().images
DEAR: tuple[Mapping[str, Any], ...] = (
    {"quality": "high", "n": MOST}, {"quality": "high", "n": 2}, {"quality": "high"}, {"n": MOST}, {"n": MOST - 1},
)  # fmt: skip
"""Orders as fields of a body, from dear to cheap, but for the cheapest, whose price is documented."""
A_HIGH_ONE = 4
"""Credits that an image of high quality is likely to cost: what will hardly be covered is not bought to see."""

DEAR_ENOUGH = 2
"""Credits: a dear order that is not given back leaves too few for another one."""

Prices = dict[Decimal, Mapping[str, Any]]
"""Orders by their price, in credits, which may have fractions."""
ONE = Decimal(1)
"""What one image of low quality costs (R22)."""


def affordable(world: World, api: Api, held: int) -> Prices:
    """One image of low quality, and the dearest order that `held` credits cover, where there is one.

    It takes two requests for each order that is tried. An order without a price is left out.
    """
    cheapest: Prices = {ONE: {}}
    for fields in DEAR:
        if fields.get("quality") == "high" and A_HIGH_ONE * fields.get("n", 1) > held:
            continue
        with suppress(SuiteError):
            price = in_credits(_bought(world, api, fields))
            if DEAR_ENOUGH <= price <= held:
                return cheapest | {price: fields}
    return cheapest


def in_credits(price: object) -> Decimal:
    """A price as JSON wrote it, so that tenths add up; 0 when it is none."""
    number = isinstance(price, int | float) and not isinstance(price, bool) and within_range(price)
    return Decimal(str(price)) if number else Decimal(0)


def _bought(world: World, api: Api, fields: Mapping[str, Any]) -> object:
    (life,) = generate_together(world, api, [a_generation(**fields)])
    return life.ended("succeeded").member("costCredits")
