"""外送 Webhook: five seconds for an answer, and three retries at growing intervals (R30, R31)."""

import pytest

from conformance.checks import expect_attempts, expect_deliveries, expect_delivery, not_tested
from conformance.checks.retries import GAPS, MOST_ATTEMPTS, gaps, overlap, queued_behind
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.webhook_retries import (
    CLIENT_ERRORS,
    CONTROL,
    FREE,
    REDIRECTS,
    REFUSED_FIRST,
    REFUSED_LATER,
    RESETS,
    SECOND_THOUGHTS,
    SERVER_ERRORS,
    SHORTEST,
    STAYING,
    SUCCESSES,
    TAIL,
    Retried,
)
from conformance.world.fixtures import Observe

pytestmark = [runs_in("certify"), waits]

IN_TIME_BY = 1.5
"""Seconds between an answer after 3.5 s and the timeout."""
UNDISTURBED = 8.0
"""Seconds between first attempts; a sender that awaits each answer takes 13.5 s for the three slow ones."""


@requirement("RETRY-1")
@pytest.mark.parametrize("status", SUCCESSES)
def test_a_2xx_ends_the_delivery(retried: Retried, status: str) -> None:
    """After any 2xx there is no further attempt."""
    expect_delivery(retried.of(status)).to_end(peers=retried.steady)


@requirement("RETRY-2")
@along("retry")
@pytest.mark.parametrize("name", ["answers after 3.5 s", "answers after 3.5 s on the retry"])
def test_an_answer_after_three_and_a_half_seconds_is_in_time(retried: Retried, name: str) -> None:
    """A 2xx after 3.5 s ends the delivery."""
    expect_delivery(retried.of("200")).must_end_at_once("RETRY-1")
    expect_delivery(retried.of("200 on the first retry")).must_end_at_once("RETRY-16")
    expect_delivery(retried.of(name)).to_end(margin=IN_TIME_BY, peers=retried.steady)


@requirement("RETRY-3")
@along("retry")
@pytest.mark.parametrize("name", ["answers after 8 s", "header block in 9 s", "answers after 8 s on the retry"])
def test_an_answer_after_eight_seconds_is_too_late(retried: Retried, name: str) -> None:
    """A 2xx whose headers are complete only after more than 5 s is a failure, and is retried."""
    expect_delivery(retried.of(name)).to_be_retried("RETRY-3", retried.most, retried.all)


@requirement("RETRY-4")
def test_no_answer_is_a_failure(retried: Retried) -> None:
    """An attempt that is never answered is retried."""
    expect_delivery(retried.of("never answers")).to_be_retried("RETRY-4", retried.most, retried.all)


@requirement("RETRY-5")
@along("retry")
@pytest.mark.parametrize("name", REDIRECTS)
def test_a_3xx_is_a_failure(retried: Retried, name: str) -> None:
    """An attempt that is answered with a redirect is retried."""
    expect_delivery(retried.of(name)).to_be_retried("RETRY-5", retried.most, retried.all)


@requirement("RETRY-6")
@along("retry")
def test_a_redirect_is_not_followed(retried: Retried) -> None:
    """No request comes to the address that the redirects name."""
    expect_delivery(retried.of(next(iter(REDIRECTS)))).must_have_come()
    expect_deliveries(retried.redirected).not_to_be_followed(retried.trap)


@requirement("RETRY-7")
@along("retry")
@pytest.mark.parametrize("name", CLIENT_ERRORS)
def test_a_4xx_is_a_failure(retried: Retried, name: str) -> None:
    """An attempt that is answered with a 4xx is retried."""
    expect_delivery(retried.of(name)).to_be_retried("RETRY-7", retried.most, retried.all)


@requirement("RETRY-8")
@along("retry")
@pytest.mark.parametrize("name", SERVER_ERRORS)
def test_a_5xx_is_a_failure(retried: Retried, name: str) -> None:
    """An attempt that is answered with a 5xx is retried."""
    expect_delivery(retried.of(name)).to_be_retried("RETRY-8", retried.most, retried.all)


@requirement("RETRY-9")
@along("retry")
@pytest.mark.parametrize("name", [REFUSED_FIRST, REFUSED_LATER])
def test_a_refused_connection_is_a_failure(retried: Retried, name: str) -> None:
    """An attempt whose connection is refused is retried."""
    delivery = retried.of(name)
    expect_delivery(retried.of(CONTROL)).must_go_on(retried.most)
    expect_delivery(delivery).to_come_back(retried.unrelated[name])


@requirement("RETRY-10")
@along("retry")
@pytest.mark.parametrize("name", RESETS)
def test_a_broken_connection_is_a_failure(retried: Retried, name: str) -> None:
    """An attempt whose connection breaks before the headers are complete is retried."""
    expect_delivery(retried.of(name)).to_be_retried("RETRY-10", retried.most, retried.all)


@requirement("RETRY-11")
def test_there_are_three_retries(retried: Retried) -> None:
    """A delivery that keeps failing is attempted four times."""
    expect_delivery(retried.of(CONTROL)).to_be_retried("RETRY-11", retried.most, retried.all)


@requirement("RETRY-11")
@along("event")
def test_there_are_three_retries_of_a_failure_too(retried: Retried) -> None:
    """A delivery of generation.failed that keeps failing is attempted four times."""
    expect_delivery(retried.of(CONTROL)).must_go_on(retried.most)
    delivery = retried.of_a_failure
    expect_delivery(delivery).to_be_retried("RETRY-11", len(delivery.attempts))


@requirement("RETRY-12")
def test_there_is_no_fifth_attempt(retried: Retried) -> None:
    """No delivery is attempted more than four times."""
    expect_delivery(retried.of(CONTROL)).must_have_come()
    for delivery in retried.all:
        expect_delivery(delivery).to_stay_within(MOST_ATTEMPTS)
    seconds = f"{SHORTEST + TAIL:.0f}"
    not_tested(f"would wait {seconds} s", f"raise --max-wait to {seconds}", when=not retried.seen_out)


@requirement("RETRY-13")
@along("event")
def test_the_first_retry_comes_after_half_a_minute(retried: Retried) -> None:
    """Whatever the failure, the first retry comes 30 s after it."""
    expect_deliveries(retried.steady).to_keep_the_gap(1)


@requirement("RETRY-14")
@along("event")
def test_the_second_retry_comes_after_two_minutes(retried: Retried) -> None:
    """Whatever the failure, the second retry comes two minutes after it."""
    expect_deliveries(retried.steady).to_keep_the_gap(2)


@requirement("RETRY-15")
@along("event")
def test_the_third_retry_comes_after_ten_minutes(retried: Retried) -> None:
    """Whatever the failure, the third retry comes ten minutes after it."""
    expect_deliveries(retried.steady).to_keep_the_gap(3)


@requirement("RETRY-16")
@pytest.mark.parametrize("name", SECOND_THOUGHTS)
def test_a_retry_that_succeeds_ends_the_delivery(retried: Retried, name: str) -> None:
    """After a retry that is answered 2xx there is no further attempt."""
    expect_delivery(retried.of("200")).must_end_at_once("RETRY-1")
    expect_delivery(retried.of(name)).to_end(peers=retried.steady)


@requirement("RETRY-17")
def test_a_slow_endpoint_does_not_delay_another(retried: Retried) -> None:
    """While some endpoints do not answer, the others get their first attempt at once."""
    slow = [retried.of("never answers"), retried.of("answers after 8 s"), retried.of("answers after 3.5 s")]
    healthy = [d for d in map(retried.of, (*STAYING, *SUCCESSES)) if d.generate is slow[0].generate]
    queued = queued_behind(slow, [*slow, *healthy]) and not overlap(slow, retried.all)
    expect_deliveries([*slow, *healthy] if queued else []).to_begin_within(UNDISTURBED)


@requirement("RETRY-18")
@pytest.mark.parametrize("name", FREE)
def test_what_a_broken_body_is_taken_for(retried: Retried, observe: Observe, name: str) -> None:
    """Whether a 2xx whose body trickles or breaks off is a success is recorded, not judged."""
    delivery = retried.of(name)
    expect_delivery(delivery).must_have_come()
    observe("R30", f"a {name} is {'a failure' if len(delivery.attempts) > 1 else 'a success'}")


@requirement("RETRY-19")
def test_what_the_gaps_are_counted_from(retried: Retried, observe: Observe) -> None:
    """Whether the gaps are counted from the start or the end of an attempt is recorded, not judged."""
    delivery = retried.of("never answers")
    expect_delivery(delivery).must_go_on(retried.most)
    from_end, from_start = gaps(*delivery.attempts[:2])
    observe(
        "R31", f"gaps are counted from the {'end' if abs(from_end - GAPS[0]) < abs(from_start - GAPS[0]) else 'start'}"
    )


@requirement("HOOK-36")
@along("retry")
def test_a_removed_endpoint_gets_no_retry(retried: Retried) -> None:
    """An endpoint that was removed after a failed attempt gets no further attempt."""
    delivery, removed_at = retried.of_the_removed
    expect_delivery(delivery).must_have_come()
    later = [attempt for attempt in delivery.attempts if attempt.arrived.target > removed_at + delivery.noise]
    expect_attempts(later, "a retry to a removed endpoint", delivery.generate).to_be_none()
