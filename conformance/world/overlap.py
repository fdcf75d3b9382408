"""Scenarios that wait for minutes: all at the same time where time passes by itself, one by one where it is moved.

A waiting scenario is two session-wide fixtures. `NAME_under_way` returns a Promise, and `NAME` its result. Those
under way are begun together, before the first test that waits is run, and joined by whoever needs a result,
so that a run lasts as long as its longest wait. On a stepped clock a promise is kept when its result is asked
for: nothing would be gained by overlap there, and time has one mover.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from typing import Generic, TypeVar

import pytest

from conformance.client.current import working
from conformance.client.record import recorded

T = TypeVar("T")
UNDER_WAY = "_under_way"


_lock = threading.Lock()
Wait = tuple[float, str]
"""When it is due, by `time.monotonic`, which all processes of a machine share, and what is awaited."""
MOST_TOLD = 3
_awaited: dict[object, Wait] = {}
"""Of each that is under way. Read and written under the lock."""
_called: list[Callable[[list[Wait]], None]] = []
"""Who is told of changes: nobody, or one."""


def waits() -> list[Wait]:
    """What this process waits for. Safe in any thread."""
    with _lock:
        return sorted(_awaited.values())


def awaited(now: float, elsewhere: Iterable[Wait] = ()) -> str:
    """What this process and others wait for, the next to end first, and when it is due; empty: nothing.

    `now` is a reading of `time.monotonic`.
    """
    ends = sorted((*waits(), *elsewhere))
    more = f"; and {len(ends) - MOST_TOLD} more" if len(ends) > MOST_TOLD else ""
    return "; ".join(f"{what}, due in {minutes(due - now)}" for due, what in ends[:MOST_TOLD]) + more


@contextmanager
def waiting(what: str, seconds: float) -> Iterator[None]:
    """Meanwhile `what` is awaited, for so many real seconds."""
    key = object()
    _change(lambda: _awaited.update({key: (time.monotonic() + seconds, what)}))
    try:
        yield
    finally:
        _change(lambda: _awaited.pop(key))


def on_change(call: Callable[[list[Wait]], None]) -> None:
    """From now on `call` is told what this process waits for whenever that changes, in any thread, one at a time."""
    _called[:] = [call]


def _change(change: Callable[[], object]) -> None:
    with _lock:
        change()
        for call in _called:
            call(sorted(_awaited.values()))


def minutes(seconds: float) -> str:
    """Such as "1:05"; what is over is "0:00"."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"


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
        try:
            with waiting(self._what, self._seconds):
                value = recorded(working(), self._provoke)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self._future.set_exception(error)
        else:
            self._future.set_result(value)


def fixtures_under_way(items: Iterable[pytest.Item]) -> list[str]:
    """The names of the fixtures that begin the waiting scenarios of these tests, each once, in their order."""
    names = (name for item in items for name in getattr(item, "fixturenames", ()) if name.endswith(UNDER_WAY))
    return list(dict.fromkeys(names))
