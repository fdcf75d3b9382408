"""How many calls a quota owes, by what its headers told, and when that cannot be said."""

from dataclasses import replace

import pytest

from conformance.checks.windows import LIMIT, WINDOW
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.rate_limits import BEYOND, NextWindow, Spent, _spend

NOW, RESET = 1000.0, 1000 + WINDOW


def told(remaining: int | str | None, status: int = 200, *, at: float = NOW, wait: str = "") -> Exchange:
    headers = (("X-RateLimit-Reset", str(RESET)), *((("Retry-After", wait),) if wait else ()))
    headers += (("X-RateLimit-Remaining", str(remaining)),) if remaining is not None else ()
    return Exchange(
        Request("GET", "http://t/x"), Response(status, headers), 0, 1, "burner", "generation", clock=at
    )  # fmt: skip


def spent(first: int, before: int, *served: int) -> Spent:
    return Spent("", told(first), told(before), tuple(told(n) for n in served), told(0, 429))


@pytest.mark.parametrize(
    ("first", "owed"),
    [(LIMIT - 1, (3, 3)), (LIMIT, (2, 2)), (317, (2, 3))],
    ids=["counts its own call", "does not", "nobody knows"],
)
def test_what_is_owed_depends_on_what_remaining_counts(first: int, owed: tuple[int, int]) -> None:
    assert spent(first, 3, 2, 1).owed == owed


def test_a_quota_used_up_before_the_run_owes_nothing() -> None:
    with pytest.raises(NotTested, match="used up before"):
        _ = replace(spent(LIMIT - 1, 3), before=told(0, 429)).owed


@pytest.mark.parametrize(("text", "root"), [(None, "RATE-3"), ("many", "RATE-4"), (LIMIT + 1, "RATE-4")])
def test_headers_that_make_no_sense_are_the_root(text: str | None, root: str) -> None:
    with pytest.raises(Inconclusive) as raised:
        _ = replace(spent(LIMIT - 1, 3), before=told(text)).remained
    assert raised.value.root == root


def test_headers_that_do_not_count_are_the_root() -> None:
    with pytest.raises(Inconclusive) as raised:
        _ = spent(LIMIT - 1, 3, 3, 3).owed
    assert raised.value.root == "RATE-9"


def test_calls_that_were_lost_may_have_been_counted() -> None:
    seen = spent(LIMIT - 1, 9, 8, 6, 5, 4)  # one of the lost was counted, between 8 and 6

    assert replace(seen, lost=2).owed == (8, 8)
    assert replace(seen, lost=1).owed == (8, 8)
    with pytest.raises(Inconclusive, match="does not count"):
        _ = seen.owed


def test_a_window_that_ended_meanwhile_decides_nothing() -> None:
    over = replace(spent(LIMIT - 1, 3, 2), refused=told(0, 429, at=RESET + 1))
    for look in ("owed", "too_many"):
        with pytest.raises(Inconclusive, match="ended while"):
            getattr(over, look)


def test_more_than_600_are_too_many_whatever_the_headers_say() -> None:
    assert spent(LIMIT - 1, LIMIT - 1, *[LIMIT - 1] * (LIMIT + 2)).too_many == 2
    assert spent(LIMIT - 1, LIMIT - 1, *[LIMIT - 1] * LIMIT).too_many == 0


def test_the_time_to_the_reset_is_the_targets() -> None:
    quota = spent(LIMIT - 1, 3)
    assert quota.seconds_left(told(0, 429)) == WINDOW
    for refused, root in ((told(0), "RATE-8"), (told(0, 429, at=RESET + 9), "RATE-12")):
        with pytest.raises(Inconclusive) as raised:
            quota.seconds_left(refused)
        assert raised.value.root == root


def test_a_reset_that_moved_is_no_measure() -> None:
    moved = replace(told(0, 429), response=Response(429, (("X-RateLimit-Reset", str(RESET + 9)),)))
    with pytest.raises(Inconclusive) as raised:
        spent(LIMIT - 1, 3).seconds_left(replace(moved, clock=NOW + 9))
    assert raised.value.root == "RATE-13"


def test_another_key_that_was_out_of_calls_itself_proves_nothing() -> None:
    for neighbours in ((told(0, 429), told(0, 429)), (told(1), told(0), told(0, 429))):
        with pytest.raises(Inconclusive, match="is used up"):
            _ = replace(spent(LIMIT - 1, 3), neighbours=neighbours).another_key
    assert replace(spent(LIMIT - 1, 3), neighbours=(told(5), told(4))).another_key == (told(4),)


class Target:
    """Serves so many calls, of which some that come side by side are refused for being at the same time."""

    def __init__(self, serves: int, stumbles: int = -1) -> None:
        self.left, self.stumbles, self.calls = serves, stumbles, 0

    def __call__(self, _probe: str) -> Exchange:
        self.calls += 1
        if self.left == 0 or self.calls == self.stumbles:
            return told(self.left, 429)
        self.left -= 1
        return told(self.left)


@pytest.mark.parametrize(("serves", "stumbles"), [(100, -1), (100, 7), (97, -1), (0, -1), (5, -1)])
def test_spending_ends_with_a_call_that_was_alone(serves: int, stumbles: int) -> None:
    target = Target(serves, stumbles)
    served, refused = _spend(target, told(100))
    assert (len(served), refused and refused.status) == (serves, 429)


def test_a_target_that_refuses_nothing_is_not_asked_for_ever() -> None:
    target = Target(10_000)
    served, refused = _spend(target, told("?"))
    assert (len(served), refused, target.calls) == (LIMIT + BEYOND, None, LIMIT + BEYOND)


@pytest.mark.parametrize(
    ("process", "early", "least"), [("main", False, LIMIT - 1), ("main", True, LIMIT - 2), ("main-2", False, 0)]
)
def test_what_must_remain_after_a_reset(process: str, early: bool, least: int) -> None:
    before, after = told(0, 429), replace(told(LIMIT - 1), process=process)

    assert NextWindow(before, after, replace(told(1), account="burner") if early else None).least == least
