import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from conformance.report.progress import Progress
from conformance.verdict import PROPERTY, Outcome, Verdict
from tests.stress import hammer


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def report(when: str, verdict: Verdict | None = None) -> Any:
    plain = {"outcome": Outcome("t", ("A-1",), verdict).to_json(), "process": "main"} if verdict else None
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


def test_it_counts_tests_and_deviations(progress: Progress, time: Time) -> None:
    progress.pytest_collection_finish(SimpleNamespace(items=[1, 2, 3]))  # type: ignore[arg-type]
    run_one(progress, Verdict.FAIL)
    run_one(progress, Verdict.INCONCLUSIVE)
    time.now += 12

    assert progress.line == "2 of 3 tests, 1 failed, 12 s: it works"


def test_under_xdist_the_workers_tell_the_total(progress: Progress) -> None:
    progress.pytest_collection_finish(SimpleNamespace(items=[]))  # type: ignore[arg-type]
    progress.pytest_xdist_node_collection_finished(None, ["a", "b"])

    assert progress.total == 2


def test_without_a_terminal_a_line_now_and_then(progress: Progress, time: Time, stream: io.StringIO) -> None:
    run_one(progress, Verdict.PASS)
    assert stream.getvalue() == ""

    time.now += 31
    run_one(progress, Verdict.PASS)
    assert stream.getvalue() == "1 of 0 tests, 31 s: it works\n"

    time.now += 29
    run_one(progress, Verdict.PASS)
    assert stream.getvalue().count("\n") == 1


def test_in_a_terminal_the_line_is_drawn_and_removed(time: Time, stream: io.StringIO) -> None:
    progress = Progress(Console(file=stream, width=80, force_terminal=True, color_system=None), clock=time)
    progress.start()
    run_one(progress, Verdict.FAIL)
    progress.pytest_sessionfinish()
    progress.stop()

    assert "1/0 1 failed it works" in stream.getvalue().replace("  ", " ")
    assert "\x1b[2K" in stream.getvalue()


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
