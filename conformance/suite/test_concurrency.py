"""速率限制: five calls at the same time, and no more (R8)."""

from conformance.checks import expect, expect_that
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world import requirement, runs_in
from conformance.world.fixtures import Observe
from conformance.world.scenarios.concurrency import Concurrency


@requirement("RATE-20")
@runs_in("certify")
def test_five_calls_at_once_are_served(concurrency: Concurrency) -> None:
    """Five calls that are under way at the same time are all served."""
    for call in concurrency.five:
        expect(call).to_be_accepted()


@requirement("RATE-21")
@runs_in("certify")
def test_a_burst_far_beyond_five_is_throttled(concurrency: Concurrency) -> None:
    """Of twelve calls at the same time, or of twelve generations at work, at least one is answered 429."""
    concurrency.overlap_is_proven()
    expect_that(len(concurrency.throttled), "the number of 429s in a burst", concurrency.burst[-1]).to_be_between(1, 24)


@requirement("RATE-22")
@runs_in("certify")
def test_a_burst_draws_no_server_error(concurrency: Concurrency) -> None:
    """No call of the burst is answered with a 5xx, nor left without an answer."""
    for call in (*concurrency.five, *concurrency.burst, *concurrency.at_work):
        expect_that(call.status, "the status of a call in a burst", call).to_satisfy(
            lambda status: 0 < status < 500, "below 500"
        )


@requirement("RATE-23")
@runs_in("certify")
def test_the_wait_after_a_burst_is_short(concurrency: Concurrency) -> None:
    """A 429 for too many calls at the same time asks for a wait of at most 60 s."""
    for call in concurrency.some_throttled():
        expect_that(_seconds(call), "Retry-After", call).to_be_between(0, 60)


def _seconds(call: Exchange) -> int | None:
    text = call.header("retry-after") or ""
    return int(text) if text.isdecimal() else None


@requirement("RATE-24")
@runs_in("certify")
def test_served_calls_give_their_slots_back(concurrency: Concurrency) -> None:
    """After a burst five calls at the same time are all served again."""
    for call in concurrency.five_at_once("served"):
        expect_that(call.status, "the status of one of five calls", call).to_differ_from(429)


@requirement("RATE-25")
@runs_in("certify")
def test_calls_that_ended_in_400_give_their_slots_back(concurrency: Concurrency) -> None:
    """After seven invalid bodies five calls at the same time are all served."""
    for call in concurrency.five_at_once("in 400"):
        expect_that(call.status, "the status of one of five calls", call).to_differ_from(429)


@requirement("RATE-26")
@runs_in("certify")
def test_calls_that_ended_in_401_take_no_slot(concurrency: Concurrency) -> None:
    """After seven calls with an invented key five calls at the same time are all served."""
    for call in concurrency.five_at_once("in 401"):
        expect_that(call.status, "the status of one of five calls", call).to_differ_from(429)


@requirement("RATE-27")
@runs_in("certify")
def test_calls_that_ended_in_422_give_their_slots_back(concurrency: Concurrency) -> None:
    """After seven rejected prompts five calls at the same time are all served."""
    for call in concurrency.five_at_once("in 422"):
        expect_that(call.status, "the status of one of five calls", call).to_differ_from(429)


@requirement("RATE-28")
@runs_in("certify")
def test_calls_that_were_broken_off_give_their_slots_back(concurrency: Concurrency) -> None:
    """After seven calls that the client broke off five calls at the same time are all served."""
    for call in concurrency.five_at_once("broken off"):
        expect_that(call.status, "the status of one of five calls", call).to_differ_from(429)


@requirement("RATE-32")
@runs_in("certify")
def test_what_the_limit_of_five_counts(concurrency: Concurrency, observe: Observe) -> None:
    """Whether requests in flight or generations at work are counted is recorded, not judged."""
    if not concurrency.throttled:
        raise Inconclusive("nothing was throttled, so there is no telling what is counted", root="RATE-21")
    in_flight = any(call.status == 429 for call in concurrency.burst)
    observe("R8", f"the limit of five counts {'requests in flight' if in_flight else 'generations at work'}")
