"""Calls in processes of their own: what they return, what is said of one that died, and that none is left."""

import contextlib
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from conformance.cli import processes
from conformance.cli.processes import each_apart


def square(number: int) -> int:
    return number * number


def die(status: int) -> int:
    os._exit(status)


def work_on(place: Path) -> None:
    """Until it is told to stop; then it tidies up."""
    place.touch()
    try:
        time.sleep(60)
    finally:
        place.unlink()


def ignore(place: Path) -> None:
    place.touch()
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(60)


def test_each_task_comes_with_what_its_call_returned() -> None:
    assert sorted(each_apart(square, (1, 2, 3), 2)) == [(1, 1, 0), (2, 4, 0), (3, 9, 0)]


def test_a_process_that_dies_is_told_and_waited_for_by_nobody() -> None:
    assert list(each_apart(die, (7,), 1)) == [(7, None, 7)]


@pytest.mark.parametrize("call", [work_on, ignore])
def test_who_stops_to_iterate_leaves_no_process(call: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.1 if call is ignore else 10)
    monkeypatch.setattr(processes, "EVERY", 0.01)
    places = [tmp_path / "one", tmp_path / "two"]

    def interrupted() -> None:
        if all(place.exists() for place in places):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(each_apart(call, places, 2, interrupted))  # type: ignore[arg-type]  # either call

    assert multiprocessing.active_children() == []
    assert [place.exists() for place in places] == [call is ignore] * 2
