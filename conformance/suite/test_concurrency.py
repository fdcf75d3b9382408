"""速率限制: five calls at the same time, and no more (R8)."""

import pytest

from conformance.checks import blocked_by, expect, expect_that, not_applicable
from conformance.checks.expect import expect_calls, statuses
from conformance.checks.windows import integer
from conformance.client.quota import AT_ONCE
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.concurrency import FAR_BEYOND, Concurrency, at_work
from conformance.world.fixtures import Observe


@requirement("RATE-20")
@runs_in("certify")
def test_five_calls_at_once_are_served(concurrency: Concurrency) -> None:
    """Five simultaneous calls are all served."""
    expect_calls(concurrency.enough().five, "simultaneous calls").to_be_accepted()


@requirement("RATE-20")
@runs_in("certify")
def test_five_generations_at_once_are_served(concurrency: Concurrency) -> None:
    """If the target limits generations in progress, it accepts five of them."""
    expect_calls(concurrency.enough().at_work[:AT_ONCE], "generations at work at once").not_to_be_throttled()


@requirement("RATE-20")
@runs_in("certify")
@along("account")
def test_each_key_has_five_of_its_own(concurrency: Concurrency) -> None:
    """While one key has five calls or generations in progress, a call of another key is not throttled."""
    neighbour = concurrency.enough().neighbour
    blocked_by("RATE-20", "depends on RATE-20: the five were refused early", when=neighbour is None)
    for call in filter(None, (neighbour, concurrency.beside_at_work)):
        used_up = integer(call.header("x-ratelimit-remaining")) == 0
        blocked_by("", "the quota of account 'primary' is used up", "run again once its window is over", when=used_up)
        expect(call).not_to_be_throttled()


@requirement("RATE-21")
@runs_in("certify")
@along("worker")
def test_a_burst_far_beyond_five_is_throttled(concurrency: Concurrency) -> None:
    """Of twelve simultaneous calls, or twelve generations in progress, at least one is answered 429."""
    concurrency.beyond_the_limit()
    many = f"{len(concurrency.burst)} calls in flight at once, then {len(concurrency.at_work)} generations at work"
    calls = (*concurrency.burst, *concurrency.at_work)
    expect_that(len(concurrency.throttled), "429s", concurrency.burst[-1], calls[:-1]).to_hold(
        bool(concurrency.throttled), f"at least one 429 among {many}", f"none: {statuses(calls)}"
    )


@requirement("RATE-21")
@runs_in("certify")
@along("at-once")
def test_a_volley_of_generations_is_throttled(concurrency: Concurrency) -> None:
    """If the target limits generations in progress, it does so when they are ordered before any answer has come."""
    not_applicable("the target limits calls in progress", when=not concurrency.enough().generations_count)
    polls = concurrency.volley
    blocked_by("RATE-20", "depends on RATE-20: none was accepted", when=not polls)
    expect_that(
        at_work(polls), f"how many of {FAR_BEYOND} generations, ordered at once, are at work", polls[-1]
    ).to_be_between(0, AT_ONCE)


@requirement("RATE-22")
@runs_in("certify")
def test_a_burst_draws_no_server_error(concurrency: Concurrency) -> None:
    """No call of the burst is answered with a 5xx, nor left without an answer."""
    for call in concurrency.enough().calls:
        lost = call.failure.startswith(("ConnectionResetError", "BrokenPipeError"))
        blocked_by("", f"an answer may have been lost with its connection ({call.told})", when=lost)
        expect_that(call.status, "the status of a call in a burst", call).to_satisfy(
            lambda status: 0 < status < 500, "below 500"
        )


@requirement("RATE-23")
@runs_in("certify")
def test_the_wait_after_a_burst_is_short(concurrency: Concurrency) -> None:
    """A 429 for too many simultaneous calls asks for a wait of at most 60 s."""
    for call in concurrency.some_throttled():
        wait = expect(call).number_in("retry-after", "RATE-18" if call.header("retry-after") else "RATE-16")
        expect_that(wait, "Retry-After", call).to_be_between(0, 60)


@requirement("RATE-24")
@runs_in("certify")
@pytest.mark.parametrize("after", ["a burst", "generations", "unknown ids", "other methods"])
@along("after-429", "event")
def test_served_calls_give_their_slots_back(concurrency: Concurrency, after: str) -> None:
    """After a burst, and after generations have ended, five simultaneous calls are all served again."""
    expect_calls(concurrency.five_at_once(after), f"simultaneous calls after {after}").not_to_be_throttled()


@requirement("RATE-25")
@runs_in("certify")
def test_calls_that_ended_in_400_give_their_slots_back(concurrency: Concurrency) -> None:
    """After calls with invalid bodies, five simultaneous calls are all served."""
    expect_calls(
        concurrency.five_at_once("invalid bodies"), "simultaneous calls after invalid bodies"
    ).not_to_be_throttled()


@requirement("RATE-26")
@runs_in("certify")
def test_calls_that_ended_in_401_take_no_slot(concurrency: Concurrency) -> None:
    """After calls with an unknown key, five simultaneous calls are all served."""
    expect_calls(
        concurrency.five_at_once("invented keys"), "simultaneous calls after invented keys"
    ).not_to_be_throttled()


@requirement("RATE-27")
@runs_in("certify")
def test_calls_that_ended_in_422_give_their_slots_back(concurrency: Concurrency) -> None:
    """After calls with rejected prompts, five simultaneous calls are all served."""
    expect_calls(
        concurrency.five_at_once("rejected prompts"), "simultaneous calls after rejected prompts"
    ).not_to_be_throttled()


@requirement("RATE-28")
@runs_in("certify")
@along("client-gone", "operation")
def test_calls_that_were_broken_off_give_their_slots_back(concurrency: Concurrency) -> None:
    """After calls that the client broke off, five simultaneous calls are all served."""
    expect_calls(
        concurrency.five_at_once("broken calls"), "simultaneous calls after broken calls"
    ).not_to_be_throttled()


@requirement("RATE-32")
@runs_in("certify")
def test_what_the_limit_of_five_counts(concurrency: Concurrency, observe: Observe) -> None:
    """Whether requests in flight or generations in progress are counted is recorded, not judged."""
    unknown = not concurrency.enough().throttled
    blocked_by("RATE-21", "nothing was throttled, so there is no telling what is counted", when=unknown)
    at_work = concurrency.generations_count
    observe("R8", f"the limit of five counts {'generations at work' if at_work else 'requests in flight'}")
