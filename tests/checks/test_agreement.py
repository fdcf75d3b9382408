"""What several endpoints show is proof on a fast clock, and what one shows is doubt."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.checks.disabling import Endpoint, Offer, longest_row, stays_enabled
from conformance.checks.retries import ends, is_retried, keeps_the_gap
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity

GENERATE = Exchange(Request("POST", "http://target/api/v1/generate"), None, 0, 0)
SCHEDULE = (0.0, 31.0, 152.0, 753.0)
SCALE_60 = 15.0
"""What noise may explain there, in seconds of the target's time."""
SLOW = "after 3.5 s: 200"


def attempt(at: float, status: int, *, took: float = 0.05, answer: str = "", generation: str = "g") -> Attempt:
    how = "answered" if status else "hung up"
    ended = Ending(how, status, Moment(at + took, at + took))  # type: ignore[arg-type]
    words = answer or str(status)
    return Attempt("e", generation, 1, Moment(at, at), "POST", "/e", (), b"{}", answer=words, ended=ended)


def delivery(attempts: Sequence[Attempt], planned: int = 4, *, late_answers: bool = False) -> Delivery:
    return Delivery(
        "e", "generation.succeeded", "whsec_s", tuple(attempts), GENERATE,
        planned=planned, noise=SCALE_60, late_answers=late_answers,
    )  # fmt: skip


def answered(*statuses: int, late_answers: bool = False) -> Delivery:
    """An endpoint that was tried once for each status, and should have been until the first 2xx."""
    planned = next((place for place, status in enumerate(statuses, 1) if 200 <= status < 300), 4)
    tried = [attempt(at, status) for at, status in zip(SCHEDULE, statuses, strict=False)]
    return delivery(tried, planned, late_answers=late_answers)


QUIET = [answered(200) for _ in range(5)] + [answered(500, 200), answered(500, 503, 200), answered(404, 429, 200)]


# Repeats of what was taken.


def test_one_repeat_is_doubt_whatever_the_others_show() -> None:
    once = answered(201, 201)
    with pytest.raises(Inconclusive, match="may be noise"):
        ends(once, peers=[once, *QUIET])


def test_a_status_that_is_always_repeated_is_proof_where_others_are_not() -> None:
    always, alike = answered(201, 201, 201, 201), answered(204, 204, 204, 204)
    with pytest.raises(Nonconformity, match="answered 2xx in time"):
        ends(always, peers=[always, alike, answered(500, 404, 206, 206), *QUIET])


def test_200_is_judged_like_any_other_status() -> None:
    twice = answered(200, 200, 200, 200)
    others = [answered(status) for status in (201, 202, 204, 299)]
    with pytest.raises(Nonconformity):
        ends(twice, peers=[twice, answered(500, 200, 200, 200), *others, answered(500, 206), answered(500, 503, 203)])


def test_a_repeat_is_doubt_where_the_controls_are_repeated_too() -> None:
    always, struck = answered(201, 201, 201, 201), [answered(200, 200), answered(200, 500, 200)]
    with pytest.raises(Inconclusive):
        ends(always, peers=[always, *QUIET, *struck])


def test_a_repeat_is_doubt_where_there_are_no_controls() -> None:
    everything = [answered(status, status, status, status) for status in (200, 201, 202, 204)]
    with pytest.raises(Inconclusive):
        ends(everything[0], peers=everything)


def test_retries_that_go_on_after_any_success_are_proof() -> None:
    again = answered(500, 200, 200, 200)
    others = [answered(500, 503, 206, 206), answered(500, 404, 200, 200)]
    first = [answered(status) for status in (200, 201, 202, 204, 299)]
    with pytest.raises(Nonconformity):
        ends(again, peers=[again, *others, *first])


# Answers near the timeout.


def slow(*waits: float) -> Delivery:
    """An endpoint that answers after 3.5 s, and whose sender hung up after so many each time."""
    ends_ = [attempt(at, 0, took=wait, answer=SLOW) for at, wait in zip(SCHEDULE, waits, strict=False)]
    return delivery(ends_, planned=1)


def stalled(*waits: float) -> Delivery:
    return delivery([attempt(at, 0, took=wait, answer="stall") for at, wait in zip(SCHEDULE, waits, strict=False)], 3)


def test_a_timeout_that_is_always_too_short_is_proof() -> None:
    short = slow(3, 3.1, 2.9, 3)
    with pytest.raises(Nonconformity):
        ends(short, margin=1.5, peers=[short, stalled(3.1, 3), *QUIET])


@pytest.mark.parametrize("others", [stalled(4.9, 5.1), stalled(3, 4.8)])
def test_a_timeout_that_is_too_short_at_times_is_doubt(others: Delivery) -> None:
    short = slow(3, 3.1, 2.9, 3)
    with pytest.raises(Inconclusive):
        ends(short, margin=1.5, peers=[short, others, *QUIET])


def test_one_slow_answer_that_is_repeated_is_doubt() -> None:
    once = slow(3.1, 3)
    with pytest.raises(Inconclusive):
        ends(once, margin=1.5, peers=[once, *QUIET])


# Attempts that are missing.


def test_one_missing_attempt_is_doubt_where_answers_came_late() -> None:
    short = answered(500, 500, 500, late_answers=True)
    with pytest.raises(Inconclusive, match="switched off"):
        is_retried(short, "RETRY-11", 3, [short, *QUIET])


def test_five_endpoints_without_their_last_attempt_are_proof() -> None:
    short = [answered(500, 404, 503, late_answers=True) for _ in range(5)]
    with pytest.raises(Nonconformity):
        is_retried(short[0], "RETRY-11", 3, [*short, *QUIET])


def test_a_redirect_that_is_never_followed_up_is_proof() -> None:
    last = answered(302, late_answers=True)
    with pytest.raises(Nonconformity):
        is_retried(last, "RETRY-5", 4, [last, answered(500, 500, 500, 500), *QUIET])


def test_an_endpoint_that_may_be_switched_off_proves_nothing() -> None:
    last = replace(answered(302, late_answers=True), others=7)
    with pytest.raises(Inconclusive, match="switched off"):
        is_retried(last, "RETRY-5", 4, [last, answered(500, 500, 500, 500)])


@pytest.mark.parametrize("peers", [[], [answered(200, 200), answered(201, 201, 201), *QUIET]])
def test_missing_attempts_are_doubt_where_the_run_is_not_quiet(peers: list[Delivery]) -> None:
    short = [answered(500, 404, 503, late_answers=True) for _ in range(9)]
    with pytest.raises(Inconclusive, match="switched off"):
        is_retried(short[0], "RETRY-11", 3, [*short, *peers])


# Gaps near a bound.


def retried_after(seconds: float, generation: str = "g", begun: float = 0) -> Delivery:
    return delivery([attempt(begun, 500, generation=generation), attempt(begun + seconds, 500, generation=generation)])


def test_three_gaps_of_two_generations_are_proof() -> None:
    early = [retried_after(24), retried_after(24), retried_after(24.5, "h")]
    with pytest.raises(Nonconformity, match="30 s after the attempt before it"):
        keeps_the_gap([*early, *QUIET], 1)


def test_gaps_that_agree_are_doubt_where_the_run_is_not_quiet() -> None:
    early = [retried_after(24), retried_after(24), retried_after(24.5, "h")]
    with pytest.raises(Inconclusive, match="noise may explain"):
        keeps_the_gap([*early, answered(200, 200), answered(201, 201)], 1)


@pytest.mark.parametrize(
    "gaps",
    [
        [retried_after(24), retried_after(30), retried_after(30, "h")],
        [retried_after(24), retried_after(24), retried_after(24), retried_after(30, "h")],
        [retried_after(24), retried_after(110), retried_after(110, "h")],
    ],
    ids=["one alone", "one burst", "on both sides"],
)
def test_gaps_that_do_not_agree_are_doubt(gaps: list[Delivery]) -> None:
    with pytest.raises(Inconclusive, match="noise may explain"):
        keeps_the_gap([*gaps, *QUIET], 1)


def test_a_burst_that_was_sent_slowly_is_not_retried_early() -> None:
    burst = [retried_after(30 - late, begun=late) for late in (0, 1, 2, 3, 4, 5)]
    with pytest.raises(Inconclusive):
        keeps_the_gap([*burst, retried_after(26, "h"), *QUIET], 1)


def test_where_all_four_attempts_were_seen_there_was_no_other_between_them() -> None:
    late = [attempt(0, 500), attempt(31, 500), attempt(300, 500), attempt(900, 500)]
    with pytest.raises(Nonconformity):
        keeps_the_gap([delivery(late, late_answers=True), *QUIET], 2)
    with pytest.raises(Inconclusive, match="given up before the receiver saw it"):
        keeps_the_gap([delivery(late[:3], late_answers=True), *QUIET], 2)


# Failures in a row.


def test_a_success_among_failures_that_are_near_each_other_divides_them() -> None:
    """Each is near the next, and the first is not near the last."""
    times = [attempt(at, 500) for at in (0, 6, 8, 9, 17, 22, 31, 37)]
    assert longest_row([*times, attempt(12, 200)], 5) == 6
    assert longest_row(times, 5) == 8


def test_a_failure_counts_when_it_is_over() -> None:
    stall = attempt(0, 0, took=5)
    assert longest_row([stall, attempt(4, 200), attempt(6, 500)]) == 2


def endpoint(*came: Sequence[Attempt], doubtful: bool = False) -> Endpoint:
    offers = tuple(Offer(1000.0 * number, tuple(attempts)) for number, attempts in enumerate(came))
    return Endpoint("an endpoint", offers, GENERATE, SCALE_60, late_answers=True, doubtful=doubtful)


def test_an_endpoint_switched_off_too_early_is_seen_although_answers_came_late() -> None:
    few = [[attempt(1000.0 * number, 500)] for number in range(3)]
    with pytest.raises(Nonconformity, match="no more than 3 attempts"):
        stays_enabled(endpoint(*few, []))
    with pytest.raises(Inconclusive):
        stays_enabled(endpoint(*few, [], doubtful=True))


def test_answers_that_the_target_missed_count_as_failures() -> None:
    """Each was answered 2xx, and repeated; nobody knows of the last."""
    missed = [[attempt(1000.0 * number + at, 200) for at in SCHEDULE] for number in range(2)]
    with pytest.raises(Inconclusive, match="may have missed the timeout"):
        stays_enabled(endpoint(*missed, []))
