"""What is left of a quota, shared by all processes of a run: nobody sends what would be refused."""

from pathlib import Path

import pytest

from conformance.checks.windows import LIMIT
from conformance.client.remaining import FILE, RESERVE, Remaining
from conformance.errors import Throttled
from conformance.evidence import Exchange, Request, Response
from tests.stress import hammer

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
MIDNIGHT, AHEAD = 1767225600, 1800


def told(remaining: int, *, limit: int = LIMIT, status: int = 200) -> Exchange:
    headers = {
        "date": DATE, "x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(MIDNIGHT + AHEAD),
    }  # fmt: skip
    return Exchange(Request("GET", "http://h/"), Response(status, tuple(headers.items()), b"{}"), 0, 1, account="a")


def call(quota: Remaining, remaining: int, **more: int) -> None:
    quota.see("a", quota.take("a"), told(remaining, **more))


def test_the_run_stops_before_the_quota_is_used_up() -> None:
    quota = Remaining()
    call(quota, RESERVE + 2)
    call(quota, RESERVE + 1)
    call(quota, RESERVE)

    with pytest.raises(Throttled, match="2026-01-01T00:30:00Z"):
        quota.take("a")
    quota.take("a", whatever=True)
    quota.take("b")


def test_two_processes_know_what_either_was_told(tmp_path: Path) -> None:
    one, two = Remaining(tmp_path / FILE), Remaining(tmp_path / FILE)
    call(one, RESERVE + 2)
    call(two, RESERVE + 1)

    one.take("a")
    with pytest.raises(Throttled):
        two.take("a")
    assert (one.sent("a"), two.sent("a")) == (3, 3)


def test_it_waits_for_the_reset_where_it_may() -> None:
    now, waited = [0.0], list[float]()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds + 2

    quota = Remaining(now=lambda: now[0], await_reset=wait)
    call(quota, RESERVE)
    quota.take("a")

    assert waited == [AHEAD]


@pytest.mark.parametrize("then", [50, LIMIT - 1])
def test_headers_that_contradict_themselves_are_not_believed(then: int) -> None:
    quota = Remaining()
    call(quota, 100)
    call(quota, then)
    call(quota, 0)

    quota.take("a")
    assert quota.sent("a") == 4


def test_an_answer_that_later_ones_have_overtaken_tells_nothing() -> None:
    """A process may be kept waiting by its machine, with the answer in its hands, while the others go on."""
    quota = Remaining()
    late = quota.take("a")
    for left in range(RESERVE + 30, RESERVE, -1):
        call(quota, left)
    quota.see("a", late, told(RESERVE + 31))

    with pytest.raises(Throttled):
        quota.take("a")


def test_a_quota_that_is_none_of_the_documentation_is_not_believed() -> None:
    quota = Remaining()
    call(quota, 0, limit=10)

    quota.take("a")


def test_many_threads_never_ask_for_more_than_there_is(tmp_path: Path) -> None:
    processes = [Remaining(tmp_path / FILE), Remaining(tmp_path / FILE)]
    left = [RESERVE + 30]
    call(processes[0], left[0])
    sent = list[int]()

    def work(number: int) -> None:
        quota = processes[number % 2]
        try:
            taken = quota.take("a")
        except Throttled:
            return
        sent.append(number)
        quota.see("a", taken)

    hammer(work, turns=40, each=4)

    assert len(sent) == left[0] - RESERVE
