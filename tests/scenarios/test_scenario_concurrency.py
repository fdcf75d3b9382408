"""What proves that calls overlapped, and what a missing slot is charged to."""

from typing import Any

import pytest

from conformance.checks.windows import LIMIT
from conformance.errors import Inconclusive, NotApplicable, NotTested
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.concurrency import Concurrency
from conformance.world.held_calls import Together


def told(remaining: int | str, status: int = 200, reset: int = 5000) -> Exchange:
    headers = (("X-RateLimit-Remaining", str(remaining)), ("X-RateLimit-Reset", str(reset)))
    return Exchange(Request("GET", "http://t/x"), Response(status, headers), 0, 1, "burner", "upload")


def seen(meanwhile: Exchange | None, *, in_time: bool = True, **change: Any) -> Concurrency:
    """Twelve calls held and all served; the quota remained before."""
    served = (told(LIMIT - 20),) * 12
    return Concurrency(
        told(LIMIT), before=told(LIMIT), twelve=Together(served, meanwhile, in_time), seen_at_work=12, **change
    )


def test_calls_that_were_counted_while_they_were_held_were_in_flight() -> None:
    found = seen(told(LIMIT - 13))
    found.beyond_the_limit()
    assert (found.in_flight, found.throttled) == (12, ())


@pytest.mark.parametrize(
    "found",
    [
        seen(told(LIMIT - 13), in_time=False),
        seen(told("none")),
        seen(told(LIMIT - 13, reset=8600)),
        seen(None),
    ],
    ids=["answered after the burst", "no number", "another window", "no poll"],
)
def test_without_a_proof_that_nothing_is_refused_proves_nothing(found: Concurrency) -> None:
    with pytest.raises(Inconclusive, match="cannot be proven"):
        found.beyond_the_limit()


@pytest.mark.parametrize("found", [seen(told(LIMIT - 1)), seen(told(LIMIT - 6))], ids=["none counted", "five counted"])
def test_where_no_calls_overlap_the_limit_does_not_apply(found: Concurrency) -> None:
    with pytest.raises(NotApplicable, match="cannot be proven"):
        found.beyond_the_limit()
    with pytest.raises(NotApplicable, match="cannot be proven"):
        found.some_throttled()


def test_calls_in_flight_do_not_prove_that_generations_at_work_are_not_limited() -> None:
    found = seen(told(LIMIT - 13))
    found.seen_at_work = 5
    with pytest.raises(NotApplicable, match="5 generations"):
        found.beyond_the_limit()


def test_one_429_is_enough_and_needs_no_proof() -> None:
    found = seen(told(0, 429), in_time=False)
    found.beyond_the_limit()
    assert len(found.some_throttled()) == 1


def test_a_5xx_explains_why_nothing_was_throttled() -> None:
    with pytest.raises(Inconclusive) as raised:
        seen(told(LIMIT - 13, 500)).beyond_the_limit()
    assert raised.value.root == "RATE-22"


@pytest.mark.parametrize("first", [told(0, 429), told(249)])
def test_a_quota_that_does_not_suffice_is_no_missing_slot(first: Exchange) -> None:
    with pytest.raises(Inconclusive, match="does not suffice"):
        Concurrency(first).five_at_once("a burst")


def test_a_missing_slot_is_charged_to_what_came_before_it() -> None:
    lost = {"a burst": (told(500),), "invalid bodies": (told(499, 429),), "broken calls": (told(498, 429),)}
    found = seen(None, five_after=lost)
    assert found.five_at_once("invalid bodies")[0].status == 429
    with pytest.raises(Inconclusive) as raised:
        found.five_at_once("broken calls")
    assert raised.value.root == "RATE-25"


def test_five_that_were_never_served_are_charged_to_themselves() -> None:
    with pytest.raises(Inconclusive) as raised:
        seen(None, five=(told(500, 429),)).five_at_once("a burst")
    assert raised.value.root == "RATE-20"


def test_what_could_not_be_provoked_is_not_tested() -> None:
    with pytest.raises(NotTested, match="rejected prompts"):
        seen(None).five_at_once("rejected prompts")
