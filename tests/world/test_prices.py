"""Which dear order is bought to learn what it costs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import pytest

from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.world import prices
from conformance.world.world import World

PRICES: dict[tuple[str, int], object] = {
    ("high", 4): 16, ("high", 2): 8, ("high", 1): 4, ("low", 4): 4, ("low", 3): 3,
}  # fmt: skip


def bought(monkeypatch: pytest.MonkeyPatch, held: int, **other: object) -> tuple[prices.Prices, int]:
    """The orders and their prices, for so many credits, and how many images were bought to learn them."""
    images = list[int]()

    def buys(_world: World, _api: Api, fields: Mapping[str, Any]) -> object:
        images.append(fields.get("n", 1))
        told = (PRICES | {("high", 2): other.get("two", 8)})[fields.get("quality", "low"), images[-1]]
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(prices, "_bought", buys)
    return prices.affordable(cast("World", None), cast("Api", None), held), sum(images)


@pytest.mark.parametrize(
    ("held", "price", "images"), [(50, 16, 4), (16, 16, 4), (9, 8, 2), (8, 8, 2), (7, 4, 1), (4, 4, 1), (3, 3, 7)]
)
def test_the_dearest_that_is_covered_is_the_first_that_is_bought(
    monkeypatch: pytest.MonkeyPatch, held: int, price: int, images: int
) -> None:
    found, spent = bought(monkeypatch, held)
    assert max(found) == price
    assert spent == images


@pytest.mark.parametrize("two", [None, "8", True, float("inf"), 1.9, 12, Inconclusive("never ended", root="LIFE-3")])
def test_without_a_price_that_is_covered_the_next_is_tried(monkeypatch: pytest.MonkeyPatch, two: object) -> None:
    found, _ = bought(monkeypatch, 9, two=two)
    assert sorted(found) == [1, 4]


def test_a_price_may_have_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = bought(monkeypatch, 9, two=8.7)
    assert max(found) == Decimal("8.7")


def test_where_one_image_is_all_that_is_covered_there_is_no_dear_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bought(monkeypatch, 2)[0] == {Decimal(1): {}}
