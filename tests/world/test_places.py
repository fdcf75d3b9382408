"""Scenarios share the endpoints that an account may have at once."""

import pytest

from conformance.scenarios.webhook_retries import FIRST, PLACES_IN_TURN, TURNS, _endpoints
from conformance.world.places import AT_ONCE, Places
from tests.stress import hammer


@pytest.fixture
def places() -> Places:
    """Nobody waits."""
    return Places(0)


def test_an_account_has_ten_places(places: Places) -> None:
    places.take("primary", AT_ONCE)

    assert not places._free("primary", 1)
    assert places._free("other", AT_ONCE)


def test_what_is_given_back_can_be_taken(places: Places) -> None:
    with places.kept("primary", AT_ONCE) as kept:
        kept.keep_only(3)
        assert places._free("primary", AT_ONCE - 3)
        assert not places._free("primary", AT_ONCE - 2)
    assert places._free("primary", AT_ONCE)


def test_who_has_waited_long_enough_goes_on(places: Places) -> None:
    places.take("primary", AT_ONCE)
    with places.kept("primary", 2):
        assert not places._free("primary", 1)
    places.give_back("primary", AT_ONCE)

    assert places._free("primary", AT_ONCE)


def test_nobody_waits_where_the_target_takes_more(places: Places) -> None:
    places.take("primary", AT_ONCE)
    places.lift("primary")

    assert places._free("primary", AT_ONCE)


def test_scenarios_beside_each_other_all_have_their_turn() -> None:
    places, there, most = Places(30), list[int](), list[int]()

    def a_turn(number: int) -> None:
        with places.kept("primary", number % AT_ONCE + 1) as kept:
            there.append(kept.number)
            most.append(sum(there))
            there.remove(kept.number)

    hammer(a_turn, turns=50, each=3, seconds=10)

    assert max(most) <= AT_ONCE


def test_the_endpoints_that_fail_fit_into_the_turns() -> None:
    made = _endpoints(None, "trap", "created")  # type: ignore[arg-type]  # nothing is opened

    assert len(FIRST) + 1 <= AT_ONCE
    assert -(-len(made.keys() - {*FIRST}) // PLACES_IN_TURN) + 1 == TURNS
