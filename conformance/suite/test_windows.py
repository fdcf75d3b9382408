"""What is right until something else happened: a 429, a second burst, the reset, an hour (R4 to R7, R10, R24).

The headers of all these calls are judged on all traffic.
"""

from conformance.checks import expect, expect_that, not_tested
from conformance.checks.windows import accepted
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.idempotency import made
from conformance.scenarios.rate_limits import Spent
from conformance.scenarios.windows import NewWindow
from conformance.world.life import repeated_with


@requirement("RATE-6")
@runs_in("certify")
@along("second-burst", "at-once")
def test_calls_at_once_are_refused_at_the_end(spent: Spent) -> None:
    """When the quota is used up, each of several calls at once is answered 429, with the headers of any."""
    _ = spent.the_end
    for call in spent.elsewhere:
        expect(call).must_be_answered("RATE-8", 429)
    for call in spent.at_once:
        expect(call).to_be_throttled()


@requirement("RATE-6")
@runs_in("certify")
@along("cached")
def test_a_repeat_is_refused_at_the_end(spent: Spent) -> None:
    """When the quota is used up, a repeat of a call with an idempotency key is answered 429 as well."""
    _ = spent.the_end
    for call in spent.elsewhere:
        expect(call).must_be_answered("RATE-8", 429)
    not_tested("account 'burner' could not generate", "give it a few credits", when=spent.replay is None)
    for replay in filter(None, [spent.replay]):
        expect(replay).to_be_throttled()


@requirement("RATE-14")
@runs_in("certify")
@waits
@along("after-reset", "operation", "at-once")
def test_every_operation_is_served_after_the_reset(new_window: NewWindow) -> None:
    """After the reset polls, uploads and repeats are served, one by one and at once."""
    for call in (*new_window.calls, *new_window.at_once, new_window.last):
        expect(call).must_be_found().to_be_accepted()


@requirement("RATE-9")
@runs_in("certify")
@waits
@along("after-reset", "at-once")
def test_calls_at_once_are_counted_after_the_reset(new_window: NewWindow) -> None:
    """After calls at once in a new window, Remaining is lower by at least as many as were served."""
    first, last = new_window.calls[-1], new_window.last
    for call in (first, last):
        expect(call).must_be_accepted("RATE-14")
    before, after = (expect(call).number_in("x-ratelimit-remaining", "RATE-4") for call in (first, last))
    least = 1 + sum(accepted(call) for call in new_window.at_once)
    counted = expect_that(before - after, f"what Remaining went down by, from {before} to {after},", last, [first])
    counted.to_satisfy(lambda count: count >= least, f"at least {least}")


@requirement("IDEM-5")
@runs_in("certify")
@waits
@along("hour")
def test_a_repeat_an_hour_later_gives_the_same_generation(spent: Spent, new_window: NewWindow) -> None:
    """A repeat in the next window is answered 200 or 202 with the first call's id: keys do not expire with windows."""
    not_tested("account 'burner' could not generate", "give it a few credits", when=new_window.replay is None)
    for first, again in zip(filter(None, [spent.keyed]), filter(None, [new_window.replay]), strict=True):
        wanted = made(first, "IDEM-1")
        expect_that(repeated_with(again), "the generation of an answer 200 or 202", again).to_equal(wanted)


@requirement("LIFE-26")
@runs_in("certify")
@waits
@along("hour")
def test_another_accounts_generation_is_refused_an_hour_later(new_window: NewWindow) -> None:
    """The id of another account's generation is answered 404 or 403 when it is an hour old."""
    not_tested("needs accounts 'other' and 'burner'", "add both", when=new_window.others_poll is None)
    for poll in filter(None, [new_window.others_poll]):
        expect(poll).to_be_answered(404, 403)
