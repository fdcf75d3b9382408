"""Scenarios that wait beside each other: each is provoked once, and what is awaited can be told at any time."""

import threading
import time
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.world.overlap import Promise, awaited, fixtures_under_way
from tests.receiver.raw_sender import eventually
from tests.stress import hammer

PATIENCE = 10.0
WHOSE: ContextVar[str] = ContextVar("WHOSE", default="nobody")


def test_what_is_awaited_is_told_the_next_first_until_it_is_over() -> None:
    go_on = threading.Event()
    began = time.monotonic()
    promises = [
        Promise(lambda: go_on.wait(PATIENCE), what, seconds, at_once=True)
        for what, seconds in (("retries", 700), ("a reset", 60), ("retries", 700))
    ]
    eventually(lambda: awaited(began).count("due") == len(promises))

    assert [what.partition(",")[0] for what in awaited(began).split("; ")] == ["a reset", "retries", "retries"]
    assert awaited(began + 100).startswith("a reset, due in 0:00; retries, due in 10:0")
    go_on.set()
    assert all(promise.result() for promise in promises)
    assert awaited(began) == ""


def test_what_went_wrong_is_raised_for_everyone_who_asks() -> None:
    def fail() -> None:
        raise ValueError("once")

    promise = Promise(fail, "nothing", 0, at_once=False)

    for _ in range(2):
        with pytest.raises(ValueError, match="once"):
            promise.result()
    assert awaited(0) == ""


def test_many_promises_and_many_who_look() -> None:
    counts: dict[int, list[int]] = {number: [] for number in range(500)}
    promises = {
        number: Promise(lambda number=number: counts[number].append(number), f"scenario {number}", 1, at_once=False)  # type: ignore[misc]
        for number in counts
    }

    def keep(number: int) -> None:
        promises[number % len(promises)].result()

    def look(_: int) -> None:
        assert awaited(time.monotonic()).count("due in") <= 4

    hammer(keep, look, turns=len(promises))
    for promise in promises.values():
        promise.result()

    assert all(count == [number] for number, count in counts.items())
    assert awaited(0) == ""


def test_where_time_is_moved_nothing_begins_before_it_is_asked_for() -> None:
    begun: list[str] = []
    promise = Promise(lambda: begun.append("scenario"), "retries", 700, at_once=False)

    assert (begun, awaited(0)) == ([], "")
    promise.result()
    promise.result()
    assert begun == ["scenario"]


def test_where_time_passes_all_wait_beside_each_other() -> None:
    """Each needs the others to have begun."""
    gate = threading.Barrier(3)
    promises = [Promise(lambda: gate.wait(PATIENCE), "the others", 1, at_once=True) for _ in range(gate.parties)]

    assert sorted(promise.result() for promise in promises) == [0, 1, 2]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_scenario_runs_in_the_context_that_began_it(at_once: bool) -> None:
    WHOSE.set("its fixture")

    assert Promise(WHOSE.get, "nothing", 0, at_once=at_once).result() == "its fixture"


def test_what_pytest_raises_to_skip_reaches_who_asks() -> None:
    promise = Promise(lambda: pytest.skip("no such account"), "nothing", 0, at_once=True)

    with pytest.raises(pytest.skip.Exception, match="no such account"):
        promise.result()


def test_the_fixtures_that_begin_waiting_scenarios_are_each_named_once() -> None:
    tests: list[Any] = [
        SimpleNamespace(fixturenames=["world", "expiry_under_way", "expiry"]),
        SimpleNamespace(fixturenames=["retried_under_way", "expiry_under_way"]),
        SimpleNamespace(),
    ]

    assert fixtures_under_way(tests) == ["expiry_under_way", "retried_under_way"]
