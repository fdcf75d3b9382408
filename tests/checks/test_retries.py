"""The schedule's bounds, and what noise may explain."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.checks.disabling import longest_row
from conformance.checks.retries import (
    GAPS,
    Bounds,
    comes_back,
    ends,
    goes_on,
    is_retried,
    keeps_the_gap,
    queued_behind,
    repeated_though_taken,
    stays_within,
)
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity

GENERATE = Exchange(Request("POST", "http://target/api/v1/generate"), None, 0, 0)


def attempt(at: float, status: int = 500, *, took: float = 0) -> Attempt:
    how = "answered" if status else "hung up"
    ended = Ending(how, status, Moment(at + took, at + took))  # type: ignore[arg-type]
    return Attempt("e", "g", 1, Moment(at, at), "POST", "/e", (), b"{}", answer=str(status), ended=ended)


def delivery(attempts: Sequence[Attempt], planned: int = 4, noise: float = 0) -> Delivery:
    return Delivery("e", "generation.succeeded", "whsec_s", tuple(attempts), GENERATE, planned=planned, noise=noise)


def test_the_bounds_are_those_of_the_ruling() -> None:
    assert [(Bounds(gap).least, Bounds(gap).most) for gap in GAPS] == [
        (27.5, 105),
        (113, 240),
        (569, 960),
    ]


@pytest.mark.parametrize("second", [27.5, 30, 105])
def test_a_gap_inside_the_bounds_is_right(second: float) -> None:
    keeps_the_gap([delivery([attempt(0), attempt(second)])], 1)


@pytest.mark.parametrize("second", [27.4, 105.1])
def test_a_gap_outside_the_bounds_is_wrong(second: float) -> None:
    with pytest.raises(Nonconformity):
        keeps_the_gap([delivery([attempt(0), attempt(second)])], 1)


@pytest.mark.parametrize("second", [28, 110])
def test_a_gap_counts_from_the_start_or_the_end(second: float) -> None:
    keeps_the_gap([delivery([attempt(0, 0, took=5), attempt(second)])], 1)


def test_a_gap_that_noise_explains_is_inconclusive() -> None:
    with pytest.raises(Inconclusive):
        keeps_the_gap([delivery([attempt(0), attempt(25)], noise=5)], 1)


def test_a_missing_retry_is_no_proof_where_answers_came_too_late() -> None:
    short = delivery([attempt(0)])
    with pytest.raises(Nonconformity):
        is_retried(short, "RETRY-8", 4)
    with pytest.raises(Inconclusive, match="switched off"):
        is_retried(replace(short, late_answers=True), "RETRY-8", 4)


def test_a_repeat_of_what_was_taken_is_seen() -> None:
    taken, failed = attempt(0, 200), attempt(0, 500)
    again = replace(attempt(30), number=2)

    assert repeated_though_taken([taken, again])
    assert not repeated_though_taken([failed, again])
    assert not repeated_though_taken([taken, replace(again, generation="h")])


def test_a_missing_retry_is_inconclusive_for_the_gap() -> None:
    with pytest.raises(Inconclusive):
        keeps_the_gap([delivery([attempt(0)])], 1)


def test_a_missing_retry_is_charged_to_the_failure_that_was_not_retried() -> None:
    short = delivery([attempt(0, 500), attempt(30, 404)])
    with pytest.raises(Nonconformity):
        is_retried(short, "RETRY-7")
    with pytest.raises(Inconclusive, match="further attempt") as caught:
        is_retried(short, "RETRY-8")
    assert caught.value.root == "RETRY-7"


def test_a_schedule_that_is_too_short_for_all_is_charged_once() -> None:
    with pytest.raises(Inconclusive) as caught:
        is_retried(delivery([attempt(0), attempt(30)]), "RETRY-8", most=2)
    assert caught.value.root == "RETRY-11"


def test_what_depends_on_a_retry_is_inconclusive_without_one() -> None:
    goes_on(delivery([attempt(0), attempt(30)], planned=2))
    with pytest.raises(Inconclusive) as caught:
        goes_on(delivery([attempt(0, 404)], planned=2))
    assert caught.value.root == "RETRY-7"


def test_a_success_ends_a_delivery() -> None:
    ends(delivery([attempt(0, 204)], planned=1))
    with pytest.raises(Nonconformity):
        ends(delivery([attempt(0, 204), attempt(30, 204)], planned=1))
    with pytest.raises(Inconclusive):
        ends(delivery([attempt(0, 204), attempt(30, 204)], planned=1, noise=5))


def test_a_fifth_attempt_is_one_too_many() -> None:
    stays_within(delivery([attempt(at) for at in range(4)]))
    with pytest.raises(Nonconformity):
        stays_within(delivery([attempt(at) for at in range(5)]))


def test_a_row_of_failures_is_broken_by_a_success_whatever_the_order_within_a_moment() -> None:
    at_once = [attempt(10), attempt(10), attempt(10, 200)]
    assert longest_row([attempt(0), *at_once, attempt(20)]) == 3
    assert longest_row([attempt(at * 10) for at in range(8)]) == 8


def test_a_delivery_that_met_a_closed_port_comes_back_unless_others_spoilt_it() -> None:
    once = delivery([attempt(0)], planned=2)
    comes_back(delivery([attempt(0), attempt(150, 200)], planned=2), unrelated=9)
    with pytest.raises(Nonconformity, match="once it took connections"):
        comes_back(once, unrelated=2)
    with pytest.raises(Inconclusive, match="switched off"):
        comes_back(once, unrelated=3)


def test_a_gap_in_which_an_attempt_may_have_been_missed_is_no_proof() -> None:
    missed = delivery([attempt(0), attempt(35), attempt(760)], noise=15)
    with pytest.raises(Nonconformity):
        keeps_the_gap([missed], 2)
    with pytest.raises(Inconclusive, match="given up before the receiver saw it"):
        keeps_the_gap([replace(missed, late_answers=True)], 2)


@pytest.mark.parametrize(("begins", "queued"), [(5.0, True), (5.9, True), (4.0, False), (40.0, False)])
def test_a_queue_is_shown_by_what_begins_as_soon_as_a_slow_one_is_over(begins: float, queued: bool) -> None:
    slow, other = delivery([attempt(0, 0, took=5)]), delivery([attempt(begins)])
    assert queued_behind([slow], [slow, other]) is queued
