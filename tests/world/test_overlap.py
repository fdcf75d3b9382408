"""Scenarios that wait beside each other: each is provoked once, and what is awaited can be told at any time."""

import threading
import time

import pytest

from conformance.world.overlap import Promise, awaited
from tests.receiver.raw_sender import eventually
from tests.stress import hammer

PATIENCE = 10.0


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
