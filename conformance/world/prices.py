"""What orders cost, learned on an account that can afford them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.contract import documented
from conformance.errors import SuiteError
from conformance.world.generations import generate_together
from conformance.world.world import World

MOST = documented().images
DEAR: tuple[Mapping[str, Any], ...] = (
    {"quality": "high", "n": MOST}, {"quality": "high", "n": 2}, {"quality": "high"}, {"n": MOST}, {"n": MOST - 1},
)  # fmt: skip
"""Orders as fields of a body, from dear to cheap, but for the cheapest, whose price is documented."""
A_HIGH_ONE = 4
"""Credits that an image of high quality is likely to cost: what will hardly be covered is not bought to see."""

Prices = dict[int, Mapping[str, Any]]
"""Orders by their price, in whole credits."""


def affordable(world: World, api: Api, held: int) -> Prices:
    """One image of low quality, and the dearest order that `held` credits cover, where there is one.

    It takes two requests for each order that is tried. An order without a price in whole credits is left out.
    """
    cheapest: Prices = {1: {}}
    for fields in DEAR:
        if fields.get("quality") == "high" and A_HIGH_ONE * fields.get("n", 1) > held:
            continue
        with suppress(SuiteError):
            price = whole(_bought(world, api, fields))
            if 1 < price <= held:
                return cheapest | {price: fields}
    return cheapest


def whole(price: object) -> int:
    """A price in whole credits; 0 when it is none."""
    number = isinstance(price, int | float) and not isinstance(price, bool)
    return int(price) if number and price == int(price) else 0  # type: ignore[call-overload]


def _bought(world: World, api: Api, fields: Mapping[str, Any]) -> object:
    (life,) = generate_together(world, api, [a_generation(**fields)])
    return life.ended("succeeded").member("costCredits")
