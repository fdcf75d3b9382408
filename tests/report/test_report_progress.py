import io
import time as clock
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from conformance.plan.amount import Amount
from conformance.plan.estimate import PLAN, Planned
from conformance.plan.settings import SETTINGS
from conformance.plan.so_far import SPENT
from conformance.report.progress import Progress
from conformance.verdict import PROPERTY, Outcome, Verdict
from conformance.world.overlap import waiting
from tests.stress import hammer


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def report(when: str, verdict: Verdict | None = None) -> Any:
    outcome = Outcome("t", ("A-1",), verdict, expected="429", received="200") if verdict else None
    plain = outcome and {"outcome": outcome.to_json(), "process": "main"}
    return SimpleNamespace(when=when, user_properties=[(PROPERTY, plain), ("other", 1)] if plain else [])


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(time: Time, stream: io.StringIO) -> Progress:
    made = Progress(Console(file=stream, width=80), clock=time)
    made.start()
    return made


def run_one(progress: Progress, verdict: Verdict) -> None:
    progress.pytest_runtest_logstart("suite/test_x.py::test_it_works[a]")
    progress.pytest_runtest_logreport(report("setup"))
    progress.pytest_runtest_logreport(report("call", verdict))
    progress.pytest_runtest_logreport(report("teardown"))


PLAN_OF_THREE = Planned("smoke", 3, {"primary": Amount(40, 2, 5, 5)}, {})


def session(*, plan: Planned | None = PLAN_OF_THREE, embedded: bool = False) -> Any:
    target = SimpleNamespace(name="staging", base_url="https://staging.example.com")
    stash = pytest.Stash()
    settings: Any = SimpleNamespace(profile="smoke", embedded=embedded, target=SimpleNamespace(target=target))
    stash[SETTINGS] = settings
    if plan:
        stash[PLAN] = plan
    spent: Callable[[], tuple[int, int]] = lambda: (12, 1)  # noqa: E731 - a stash wants to know its type
    stash[SPENT] = spent
    return SimpleNamespace(config=SimpleNamespace(stash=stash), items=[1, 2, 3])


def test_it_tells_what_runs_how_far_what_it_cost_and_what_was_found(progress: Progress, time: Time) -> None:
    progress.pytest_sessionstart(session())
    progress.pytest_collection_finish(session())
    run_one(progress, Verdict.FAIL)
    run_one(progress, Verdict.INCONCLUSIVE)
    time.now += 72

    assert progress.line == (
        "smoke staging: 1:12, 2 of 3 tests, 12 of about 40 requests, 1 of about 5 credits, "
        "1 finding: A-1 Received 200, but expected 429; it works"
    )


def test_the_plan_is_printed_once(progress: Progress, stream: io.StringIO) -> None:
    for _ in range(2):
        progress.pytest_collection_finish(session())

    assert stream.getvalue() == (
        "plan     requests  generations  credits  images\n"
        "primary        40            2        5       5\n"
        "3 tests, no waits\n"
    )


def test_before_the_plan_is_known_none_is_told(progress: Progress) -> None:
    progress.pytest_sessionstart(session(plan=None, embedded=True))

    assert progress.line == "smoke reference: 0:00, 0 of 0 tests, 12 requests, 1 credit, no finding; starting"


def test_what_is_awaited_is_told_with_its_time_here_and_in_workers(progress: Progress) -> None:
    with waiting("the reset", 100):
        assert progress.line.endswith("no finding; waiting for the reset, due in 1:40")
        progress.elsewhere = lambda: [(clock.monotonic() + 30, "an attempt")]
        assert progress.line.endswith("; waiting for an attempt, due in 0:30; the reset, due in 1:40")


def test_the_last_findings_are_named(progress: Progress) -> None:
    progress.found = tuple(f"A-{number} x" for number in range(9))

    assert "9 findings: A-6 x; A-7 x; A-8 x; and 6 before; starting" in progress.line


def test_under_xdist_the_workers_tell_the_total(progress: Progress) -> None:
    progress.pytest_collection_finish(SimpleNamespace(items=[]))  # type: ignore[arg-type]
    progress.pytest_xdist_node_collection_finished(session(plan=None), ["a", "b"])

    assert progress.total == 2


def test_without_a_terminal_a_line_now_and_then(progress: Progress, time: Time, stream: io.StringIO) -> None:
    run_one(progress, Verdict.PASS)
    assert stream.getvalue() == ""

    time.now += 31
    run_one(progress, Verdict.PASS)
    assert stream.getvalue() == "0:31, 1 of 0 tests, 0 requests, 0 credits, no finding; it works\n"

    time.now += 29
    run_one(progress, Verdict.PASS)
    assert stream.getvalue().count("\n") == 1


def test_without_a_terminal_what_is_new_is_told_soon(progress: Progress, time: Time, stream: io.StringIO) -> None:
    run_one(progress, Verdict.FAIL)
    assert stream.getvalue() == ""

    time.now += 6
    run_one(progress, Verdict.PASS)
    assert "1 finding: A-1 Received 200, but expected 429; it works\n" in stream.getvalue()

    time.now += 6
    run_one(progress, Verdict.PASS)
    assert stream.getvalue().count("\n") == 1
    with waiting("the reset", 60):
        run_one(progress, Verdict.PASS)
    assert stream.getvalue().endswith("waiting for the reset, due in 1:00\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_in_a_terminal_lines_are_drawn_and_removed(width: int, time: Time) -> None:
    stream = io.StringIO()
    progress = Progress(Console(file=stream, width=width, force_terminal=True, color_system=None), clock=time)
    progress.start()
    progress.pytest_sessionstart(session())
    progress.pytest_collection_finish(session())
    run_one(progress, Verdict.FAIL)
    progress.pytest_sessionfinish()
    progress.stop()
    drawn = stream.getvalue()

    assert "smoke staging  0:00  1/3 tests  12/40 requests" in drawn
    assert "1/5 credits\n" in drawn.replace(" \n", "\n") or width == 60
    assert "✗ 1 finding: A-1 Received 200, but expected 429" in drawn
    assert "\x1b[2K" in drawn


def test_forced_colours_draw_nothing_where_nobody_watches(time: Time, stream: io.StringIO) -> None:
    progress = Progress(Console(file=stream, force_terminal=True), live=False, clock=time)
    progress.start()
    run_one(progress, Verdict.PASS)
    progress.stop()

    assert stream.getvalue() == ""


def test_threads_that_have_something_to_tell_tell_it_once(progress: Progress, time: Time, stream: io.StringIO) -> None:
    times = 40

    def later(_: int) -> None:
        progress._tell()

    for number in range(times):
        time.now += 31
        hammer(later, turns=1)
        assert stream.getvalue().count("\n") == number + 1
    progress.stop()
    time.now += 31
    progress._tell()

    assert stream.getvalue().count("\n") == times
