"""速率限制: each key's calls are counted by the hour (R4 to R7). The headers' arithmetic is judged on all traffic."""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.windows import LIMIT, WINDOW, integer
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.rate_limits import NextWindow, Spent
from conformance.world.first_contact import FirstContact
from conformance.world.fixtures import Observe


@requirement("RATE-5")
@runs_in("certify")
def test_what_remains_is_served(spent: Spent) -> None:
    """All calls that remain of the quota are served."""
    least, _ = spent.owed
    expect_that(
        len(spent.served), f"of the {spent.remained} calls that remained, those served", spent.refused
    ).to_satisfy(lambda count: count >= least, f"at least {least}")


@requirement("RATE-6")
@runs_in("certify")
def test_no_more_than_600_calls_are_served(spent: Spent) -> None:
    """A window serves at most the quota, whatever the headers say."""
    last = spent.refused or spent.served[-1]
    expect_that(spent.too_many, f"the number of calls served beyond {LIMIT} in a window", last).to_equal(0)


@requirement("RATE-6")
@runs_in("certify")
@along("at-once")
def test_the_601st_call_is_refused(spent: Spent) -> None:
    """Once the quota is used up, in the end by calls at once, the next call is answered 429."""
    _, most = spent.owed
    last = spent.refused or spent.served[-1]
    expect_that(len(spent.served), "the number of calls served until a 429", last).to_satisfy(
        lambda count: count <= most, f"at most the {most} that remained"
    )


@requirement("RATE-6")
@runs_in("certify")
def test_a_used_up_quota_stays_used_up(spent: Spent) -> None:
    """The call after the first refusal is refused as well."""
    expect(spent.again or spent.the_end).to_be_throttled()


@requirement("RATE-7")
@runs_in("certify")
@along("operation")
def test_another_key_is_untouched(spent: Spent) -> None:
    """While one key's quota is used up, no call with another key is throttled."""
    for call in spent.another_key:
        expect(call).not_to_be_throttled()


@requirement("RATE-8")
@runs_in("certify")
@pytest.mark.parametrize("operation", load().keyed)
@along("operation")
def test_the_quota_is_one_for_all_operations(spent: Spent, operation: str) -> None:
    """When one operation's calls have used up the quota, each of them is refused."""
    expect(spent.refused_of(operation)).to_be_throttled()


@requirement("RATE-19")
@runs_in("certify")
def test_retry_after_points_at_the_reset(spent: Spent) -> None:
    """When the quota is used up, Retry-After is the time until X-RateLimit-Reset, within 5 s."""
    for refused in (spent.the_end, *spent.elsewhere, spent.again or spent.the_end):
        _expect_to_point_at_the_reset(spent, refused)


@requirement("RATE-19")
@runs_in("certify")
@waits
def test_retry_after_counts_down(spent: Spent, next_window: NextWindow) -> None:
    """A minute before the reset, Retry-After is still the time until X-RateLimit-Reset."""
    expect(next_window.shortly_before).must_be_answered("RATE-6", 429)
    _expect_to_point_at_the_reset(spent, next_window.shortly_before)


def _expect_to_point_at_the_reset(spent: Spent, refused: Exchange) -> None:
    left = spent.seconds_left(refused)
    asked = expect(refused).number_in("retry-after", "RATE-16")
    expect_that(asked, "Retry-After", refused).to_be_between(left - 5, left + 5)


@requirement("RATE-6")
@runs_in("certify")
@waits
def test_the_quota_is_used_up_until_the_reset(next_window: NextWindow) -> None:
    """A minute before the reset the key is still refused."""
    expect(next_window.shortly_before).to_be_throttled()


@requirement("RATE-14")
@runs_in("certify")
@waits
def test_the_reset_restores_the_quota(next_window: NextWindow) -> None:
    """After the reset, calls are served and the whole quota is available again."""
    expect(next_window.after).must_be_found().to_be_accepted()
    remaining = expect(next_window.after).number_in("x-ratelimit-remaining", "RATE-4")
    expect_that(remaining, "what remains", next_window.after).to_be_between(next_window.least, LIMIT)


@requirement("RATE-31")
def test_when_a_window_opens(first_contact: FirstContact, observe: Observe) -> None:
    """Whether a window opens with the first call or on the clock hour is recorded, not judged."""
    reset = integer(first_contact.upload.header("x-ratelimit-reset"))
    on_the_hour = reset is not None and reset % WINDOW == 0
    observe("R5", f"the window {'ends' if on_the_hour else 'does not end'} on the clock hour")


@requirement("RATE-30")
def test_whether_a_refused_call_counts(first_contact: FirstContact, observe: Observe) -> None:
    """Whether a call that ended in a 4xx counts against the quota is recorded, not judged."""
    before, after = (integer(e.header("x-ratelimit-remaining")) for e in (first_contact.upload, first_contact.unknown))
    counts = before is not None and after is not None and after < before
    observe("R4", f"a call answered {first_contact.unknown.status} {'counts' if counts else 'does not count'}")
