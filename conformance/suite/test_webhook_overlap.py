"""外送 Webhook: deliveries that are under way to one endpoint at the same time share nothing (R41)."""

import pytest

from conformance.checks import blocked_by, expect_deliveries, expect_delivery, expect_endpoint
from conformance.checks.deliveries import by_endpoint
from conformance.checks.retries import MOST_ATTEMPTS
from conformance.checks.signatures import ID
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.webhook_overlap import (
    FAILING,
    FIRST,
    ONE_IS_TAKEN,
    ONE_RECOVERS,
    RECOVERING,
    SECOND,
    Overlapping,
)

pytestmark = [runs_in("certify"), waits]


@requirement("RETRY-11")
@along("at-once")
@pytest.mark.parametrize(("endpoint", "which"), FAILING)
def test_each_of_two_deliveries_has_three_retries(overlapping: Overlapping, endpoint: str, which: str) -> None:
    """A delivery that keeps failing is attempted four times, whatever becomes of another to its endpoint."""
    delivery = overlapping.of(endpoint, which)
    expect_delivery(delivery).must_have_come()
    blocked_by("RETRY-8", "depends on retries after a 500; none came", when=overlapping.most == 1)
    expect_delivery(delivery).to_be_retried("RETRY-11", len(delivery.attempts), overlapping.all)


@requirement("RETRY-12")
@along("at-once")
def test_neither_of_two_deliveries_has_a_fifth_attempt(overlapping: Overlapping) -> None:
    """No delivery is attempted more than four times, whatever becomes of another to its endpoint."""
    for delivery in overlapping.all:
        expect_delivery(delivery).to_stay_within(MOST_ATTEMPTS)


@requirement("RETRY-13")
@along("at-once")
def test_each_first_retry_comes_after_half_a_minute(overlapping: Overlapping) -> None:
    """The first retry of each comes 30 s after its own failure."""
    expect_deliveries(overlapping.all).to_keep_the_gap(1)


@requirement("RETRY-14")
@along("at-once")
def test_each_second_retry_comes_after_two_minutes(overlapping: Overlapping) -> None:
    """The second retry of each comes two minutes after its own first."""
    expect_deliveries(overlapping.all).to_keep_the_gap(2)


@requirement("RETRY-15")
@along("at-once")
def test_each_third_retry_comes_after_ten_minutes(overlapping: Overlapping) -> None:
    """The third retry of each comes ten minutes after its own second."""
    expect_deliveries(overlapping.all).to_keep_the_gap(3)


@requirement("RETRY-1")
@along("at-once")
def test_a_delivery_that_is_taken_stays_so_while_another_fails(overlapping: Overlapping) -> None:
    """A delivery answered 2xx at once ends, although another to its endpoint goes on failing."""
    expect_delivery(overlapping.of(ONE_IS_TAKEN, SECOND)).to_end(peers=overlapping.all)


@requirement("RETRY-16")
@along("at-once")
def test_a_retry_that_is_taken_ends_its_delivery_while_another_fails(overlapping: Overlapping) -> None:
    """A delivery answered 2xx on a retry ends, although another to its endpoint goes on failing."""
    expect_delivery(overlapping.of(ONE_IS_TAKEN, SECOND)).must_end_at_once("RETRY-1")
    for endpoint, which in ((ONE_RECOVERS, FIRST), (RECOVERING, FIRST), (RECOVERING, SECOND)):
        expect_delivery(overlapping.of(endpoint, which)).to_end(peers=overlapping.all)


@requirement("SIGN-3")
@along("at-once")
def test_first_attempts_are_signed_while_another_is_under_way(overlapping: Overlapping) -> None:
    """A first attempt is signed over its own bytes, although another delivery to its endpoint is under way."""
    expect_deliveries(overlapping.all).to_be_signed()


@requirement("SIGN-4")
@along("at-once")
def test_retries_are_signed_while_another_is_under_way(overlapping: Overlapping) -> None:
    """A retry is signed over its own bytes, although another delivery to its endpoint is under way."""
    blocked_by("RETRY-11", "depends on retries; none came", when=overlapping.most == 1)
    expect_deliveries(overlapping.all).to_be_signed(retries=True)


@requirement("SIGN-6")
@along("at-once")
def test_each_keeps_its_id(overlapping: Overlapping) -> None:
    """Every attempt has its own delivery's id, although another to the endpoint is under way."""
    expect_deliveries(overlapping.all).to_keep(ID, lambda attempt: attempt.header(ID))


@requirement("SIGN-7")
@along("at-once")
def test_each_has_an_id_of_its_own(overlapping: Overlapping) -> None:
    """Deliveries that are under way to one endpoint at the same time have different ids."""
    for deliveries in by_endpoint(overlapping.all).values():
        expect_deliveries(deliveries).to_have_ids_of_their_own()


@requirement("SIGN-9")
@along("at-once")
def test_each_keeps_its_body(overlapping: Overlapping) -> None:
    """Every attempt has its own delivery's body, although another to the endpoint is under way."""
    expect_deliveries(overlapping.all).to_keep("the body", lambda attempt: attempt.body)


@requirement("HOOK-32")
@along("retry")
def test_a_success_on_a_retry_starts_the_count_anew(overlapping: Overlapping) -> None:
    """Eight failures, interrupted only by successes on retries, do not switch an endpoint off."""
    for which in (FIRST, SECOND):
        expect_delivery(overlapping.of(RECOVERING, which)).must_go_on()
    expect_endpoint(overlapping.recovering).must_have_got_some().to_stay_on()
