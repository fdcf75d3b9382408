"""Acme's own tests: its private endpoint GET /api/v1/credits, and its header X-Acme-Region."""

from dataclasses import dataclass

import pytest

from conformance.checks import expect_that
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.plan import requirement, runs_in

CREDITS = "/api/v1/credits"


@dataclass(frozen=True)
class Bought:
    """The balance before an order of one image of the lowest quality, the order, and the balance after it."""

    before: Exchange
    order: Exchange
    after: Exchange


@pytest.fixture(scope="session")
def bought(primary: Api) -> Bought:
    before = primary.request("GET", CREDITS)
    order = primary.generate({"prompt": "a lighthouse", "quality": "low", "n": 1})
    return Bought(before, order, primary.request("GET", CREDITS))


def is_whole(number: object) -> bool:
    return type(number) is int


@requirement("ACME-1")
@runs_in("smoke")
def test_the_balance_is_told(bought: Bought) -> None:
    """The balance is a whole number that is not negative."""
    expect_that(bought.before.status, "the status of the balance", bought.before).to_equal(200)
    balance = bought.before.member("credits")
    assert is_whole(balance), f"credits is {balance!r}"
    assert balance >= 0


@requirement("ACME-2")
def test_without_a_key_nothing_is_told(anonymous: Api) -> None:
    """Who sends no key is answered 401."""
    answer = anonymous.request("GET", CREDITS)
    expect_that(answer.status, "the status without a key", answer).to_equal(401)


@requirement("ACME-3")
def test_an_order_lowers_the_balance(bought: Bought) -> None:
    """What the order costs is gone from the balance at once."""
    held = bought.before.member("credits")
    expect_that(held, "credits before the order", bought.before).to_satisfy(is_whole, "a whole number")
    expect_that(bought.after.member("credits"), "credits after the order", bought.after).to_equal(held - 1)


@requirement("ACME-4")
def test_the_region_is_named(bought: Bought) -> None:
    """Answers to documented operations have it as well."""
    region = bought.order.header("X-Acme-Region")
    expect_that(region, "X-Acme-Region", bought.order).to_satisfy(bool, "the name of a region")
