"""Scenarios that wait for minutes: all at the same time where time passes by itself, one by one where it is moved.

A waiting scenario is two session-wide fixtures. `NAME_under_way` returns a Promise, and `NAME` its result. Those
under way are begun together, before the first test that waits is run, and joined by whoever needs a result,
so that a run lasts as long as its longest wait. On a stepped clock a promise is kept when its result is asked
for: nothing would be gained by overlap there, and time has one mover.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, Generic, TypeVar

import pytest

from conformance.client.current import working
from conformance.client.record import recorded

T = TypeVar("T")
UNDER_WAY = "_under_way"


_lock = threading.Lock()
_awaited: dict["Promise[Any]", tuple[float, str]] = {}
"""When each that is under way is due, and what it awaits. Read and written under the lock."""


def awaited(now: float) -> str:
    """What scenarios under way in this process wait for, the next to end first, and when it is due; empty: nothing.

    `now` is a reading of `time.monotonic`. Safe in any thread.
    """
    with _lock:
        ends = sorted(_awaited.values())
    return "; ".join(f"{what}, due in {_minutes(due - now)}" for due, what in ends)


def _minutes(seconds: float) -> str:
    return f"{max(seconds, 0) // 60:.0f}:{max(seconds, 0) % 60:02.0f}"


class Promise(Generic[T]):
    """The result of `provoke`, which runs once: in a thread from now on, or when it is asked for.

    `what` is shown while it is awaited, and `seconds` are the real ones that it will take.
    """

    def __init__(self, provoke: Callable[[], T], what: str, seconds: float, *, at_once: bool) -> None:
        self._provoke, self._what, self._seconds = provoke, what, seconds
        self._future: Future[T] = Future()
        self._lock = threading.Lock()
        self._begun = False
        if at_once:
            # A daemon, so that an interrupted run need not sit the wait out.
            threading.Thread(target=copy_context().run, args=(self._keep,), daemon=True).start()

    def result(self) -> T:
        """What the scenario returned; raises what it raised."""
        self._keep()
        return self._future.result()

    def _keep(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        with _lock:
            _awaited[self] = time.monotonic() + self._seconds, self._what
        try:
            self._future.set_result(recorded(working(), self._provoke))
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self._future.set_exception(error)
        finally:
            with _lock:
                del _awaited[self]


def fixtures_under_way(items: Iterable[pytest.Item]) -> list[str]:
    """The names of the fixtures that begin the waiting scenarios of these tests, each once, in their order."""
    names = (name for item in items for name in getattr(item, "fixturenames", ()) if name.endswith(UNDER_WAY))
    return list(dict.fromkeys(names))
