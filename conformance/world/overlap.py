"""Scenarios that wait for minutes: all at the same time where time passes by itself, one by one where it is moved.

A waiting scenario is two session-wide fixtures. `NAME_under_way` returns a Promise, and `NAME` its result. Those
under way are begun together, before the first test that waits is run, and joined by whoever needs a result,
so that a run lasts as long as its longest wait. On a stepped clock a promise is kept when its result is asked for: nothing would be
gained by overlap there, and time has one mover.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

import pytest

T = TypeVar("T")
UNDER_WAY = "_under_way"


class Promise(Generic[T]):
    """The result of `provoke`, which runs once: in a thread from now on, or when it is asked for."""

    def __init__(self, provoke: Callable[[], T], *, at_once: bool) -> None:
        self._provoke = provoke
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
        try:
            self._future.set_result(self._provoke())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self._future.set_exception(error)


def fixtures_under_way(items: Iterable[pytest.Item]) -> list[str]:
    """The names of the fixtures that begin the waiting scenarios of these tests, each once, in their order."""
    names = (name for item in items for name in getattr(item, "fixturenames", ()) if name.endswith(UNDER_WAY))
    return list(dict.fromkeys(names))
