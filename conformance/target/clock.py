"""The target's clock: real, running faster by a factor, or standing still until told to move."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from conformance.errors import Inconclusive

Call = Callable[[str, Any], Any]
"""Sends (method, JSON body or None) to the test clock and returns the JSON of its answer."""


class Sleeper(Protocol):
    """Real time, injected: `monotonic` and `sleep` of the `time` module."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class TargetClock(Protocol):
    """Waiting in the target's time. All durations are seconds of the target."""

    stepped: bool

    def now(self) -> float | None:
        """The target's time in epoch seconds, None where only its responses tell it."""

    def sleep(self, seconds: float) -> None:
        """Return when this much of the target's time has passed."""

    def real_seconds(self, seconds: float) -> float:
        """How long that lasts here; 0 where time is moved, not awaited."""


@dataclass
class RunningClock:
    """A clock that runs by itself, `scale` times faster than real time."""

    scale: float = 1
    sleeper: Sleeper = field(default_factory=lambda: time)
    stepped: bool = False

    def now(self) -> float | None:
        return None

    def sleep(self, seconds: float) -> None:
        self.sleeper.sleep(seconds / self.scale)

    def real_seconds(self, seconds: float) -> float:
        return seconds / self.scale


@dataclass
class SteppedClock:
    """A test clock, moved only when the target has nothing else to do.

    `GET` answers `{"now", "next", "busy"}`, `POST {"advance": seconds}` moves it and answers the same. Time goes to the
    target's next timer or to this sleeper's own need, whichever is earlier, and never past either.
    """

    call: Call
    sleeper: Sleeper = field(default_factory=lambda: time)
    settle_seconds: float = 10
    """How long the target may be busy, in real seconds, before waiting is given up."""
    stepped: bool = True
    _now: float | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> float | None:
        return self._now if self._now is not None else self._see(self.call("GET", None)).now

    def real_seconds(self, seconds: float) -> float:  # noqa: ARG002 - part of the protocol
        return 0

    def sleep(self, seconds: float) -> None:
        with self._lock:
            tick = self._settled()
            until = tick.now + seconds
            while tick.now < until - 1e-4:
                due = min(until, tick.next if tick.next is not None and tick.next > tick.now else until)
                self._see(self.call("POST", {"advance": round(due - tick.now, 6)}))
                tick = self._settled()

    def _settled(self) -> "Tick":
        given_up = self.sleeper.monotonic() + self.settle_seconds
        pause = 0.0005
        while (tick := self._see(self.call("GET", None))).busy:
            if self.sleeper.monotonic() > given_up:
                raise Inconclusive(
                    f"the target's test clock reports {tick.busy} piece(s) of work under way for over "
                    f"{self.settle_seconds:g} s",
                    "its `busy` must fall to 0 once nothing but time is awaited",
                )
            self.sleeper.sleep(pause)
            pause = min(pause * 2, 0.02)
        return tick

    def _see(self, answer: Any) -> "Tick":
        tick = read_tick(answer)
        self._now = tick.now
        return tick


@dataclass(frozen=True, slots=True)
class Tick:
    """One answer of a test clock: epoch seconds now, epoch seconds of the next timer, work under way."""

    now: float
    next: float | None
    busy: int


def read_tick(answer: Any) -> Tick:
    """Raises Inconclusive when the answer is not that of a test clock."""
    try:
        due = answer["next"]
        return Tick(_epoch(answer["now"]), None if due is None else _epoch(due), int(answer["busy"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Inconclusive(
            f"the test clock answered {str(answer)[:120]!r}",
            'it must answer {"now": "…", "next": "…" or null, "busy": 0}; see [clock] control in the target file',
        ) from None


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
