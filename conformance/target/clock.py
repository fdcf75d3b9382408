"""The target's clock: real, faster by a factor, or a test clock that stands still until it is moved."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from conformance.errors import Inconclusive, Unreachable

SAME_TIME = 1e-3
"""Two times of a test clock that differ by less, in seconds, are the same: it tells milliseconds."""

Call = Callable[[str, Any], Any]
"""Sends (method, JSON body or None) to the test clock and returns the JSON of its answer."""


class Sleeper(Protocol):
    """Real time, injected: `monotonic` and `sleep` of the `time` module."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Company(Protocol):
    """What goes by the target's clock beside the target: the webhook receiver, which delays its answers by it."""

    def held(self) -> int:
        """How many requests of the target it holds back on purpose: the target is busy with them, and at rest."""

    def next_due(self) -> float | None:
        """When, on the target's clock, it goes on with something by itself; None: never."""

    def release(self, now: float) -> None:
        """The target's clock has reached `now`: go on with whatever is due."""


class Nobody:
    """Nobody else uses the clock."""

    def held(self) -> int:
        return 0

    def next_due(self) -> float | None:
        return None

    def release(self, now: float) -> None:
        """Nothing is ever due."""


def _never() -> bool:
    return False


class TargetClock(Protocol):
    """Waiting in the target's time. All durations are seconds of the target."""

    stepped: bool

    def now(self) -> float | None:
        """The target's time in epoch seconds, None where only its responses tell it."""

    def reading(self) -> float:
        """Seconds that pass as the target's do: its time where that is known, else counted from an arbitrary origin."""

    def sleep(self, seconds: float) -> None:
        """Return when this much of the target's time has passed."""

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Return as soon as `holds()` is true, or when this much of the target's time has passed: whether it holds."""

    def real_seconds(self, seconds: float) -> float:
        """The same duration in real seconds; 0 for a test clock."""


@dataclass
class PassingClock:
    """A clock that runs by itself, `scale` times faster than real time."""

    scale: float = 1
    sleeper: Sleeper = field(default_factory=lambda: time)
    stepped: bool = False
    look_seconds: float = 0.02
    """How often, in real seconds, `wait` checks its condition."""

    def now(self) -> float | None:
        return None

    def reading(self) -> float:
        return self.sleeper.monotonic() * self.scale

    def sleep(self, seconds: float) -> None:
        self.sleeper.sleep(seconds / self.scale)

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        until = self.sleeper.monotonic() + seconds / self.scale
        while not holds():
            left = until - self.sleeper.monotonic()
            if left <= 0:
                return False
            self.sleeper.sleep(min(self.look_seconds, left))
        return True

    def real_seconds(self, seconds: float) -> float:
        return seconds / self.scale


@dataclass
class MovedClock:
    """A test clock, moved only when the target has nothing else to do.

    `GET` answers `{"now", "next", "busy"}`, `POST {"advance": seconds}` moves it and answers the same. Time goes to the
    target's next timer, to its company's or to this sleeper's own need, whichever is earliest, and never past any.
    """

    call: Call
    sleeper: Sleeper = field(default_factory=lambda: time)
    settle_seconds: float = 30
    """How long the target may be busy, in real seconds, before `wait` gives up."""
    parting_seconds: float = 0.2
    """How long, in real seconds, the end of a connection that the target has given up may take to arrive."""
    stepped: bool = True
    company: Company = field(default_factory=Nobody)
    again_seconds: float = 0.5
    """Real seconds before the clock is asked again after an answer of it was lost; by then a lost request has ended."""
    _now: float | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> float | None:
        return self.reading()

    def reading(self) -> float:
        if self._now is None:
            with self._lock:  # an answer that is late must not put back a clock that was moved meanwhile
                return self._now if self._now is not None else self._look().now
        return self._now

    def real_seconds(self, seconds: float) -> float:  # noqa: ARG002 - part of the protocol
        return 0

    def sleep(self, seconds: float) -> None:
        self.wait(_never, seconds)

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        with self._lock:
            tick = self._settled()
            until = tick.now + seconds
            while not holds() and tick.now < until - SAME_TIME:
                self._move(tick.now, self._next(tick, until))
                tick = self._settled()
            return holds()

    def _next(self, tick: "Tick", until: float) -> float:
        """The earliest time at which anything happens.

        A timer that seems due and has not run is due within the millisecond that the clock does not tell.
        """
        timers = [time for time in (tick.next, self.company.next_due()) if time is not None]
        seems_due = tick.next is not None and abs(tick.next - tick.now) < SAME_TIME
        due = [tick.now + SAME_TIME] if seems_due else []
        return max(tick.now, min((until, *due, *(time for time in timers if time > tick.now))))

    def _move(self, now: float, to: float) -> None:
        # Told before the target moves: what the step causes arrives before the target has answered.
        self._now = to
        tick = self._advanced(now, to)
        if to - now > SAME_TIME and tick.now <= now:
            raise Inconclusive(
                f"the test clock did not move: it was advanced by {to - now:g} s, and still says {tick.now:.0f}",
                'POST {"advance": seconds} moves it; see [clock] control in the target file',
            )
        self.company.release(tick.now)

    def _settled(self) -> "Tick":
        """The target at rest: all it is busy with is what its company holds back."""
        began, pause = self.sleeper.monotonic(), 0.0005
        while True:
            tick = self._look()
            waited = self.sleeper.monotonic() - began
            due = self.company.next_due()
            if due is not None and due <= tick.now + SAME_TIME:
                self.company.release(tick.now)
            elif (missing := tick.busy - self.company.held()) == 0 or (missing < 0 and waited > self.parting_seconds):
                return tick
            if waited > self.settle_seconds:
                raise Inconclusive(
                    f"the target's test clock reports `busy` {tick.busy} for over {self.settle_seconds:g} s",
                    "`busy` must be 0 when all work waits for time only",
                )
            self.sleeper.sleep(pause)
            pause = min(pause * 2, 0.02)

    def _look(self) -> "Tick":
        """What the clock tells; asked once more where the answer was lost, since asking changes nothing."""
        try:
            return self._see(self.call("GET", None))
        except Unreachable:
            self.sleeper.sleep(self.again_seconds)
            return self._see(self.call("GET", None))

    def _advanced(self, now: float, to: float) -> "Tick":
        """Moved from one time to the other. Where the answer was lost, the clock is moved by what is still missing."""
        try:
            return self._see(self.call("POST", {"advance": round(to - now, 6)}))
        except Unreachable:
            self.sleeper.sleep(self.again_seconds)
            tick = self._look()
            missing = round(to - tick.now, 6)
            if missing <= SAME_TIME:
                return tick
            self._now = to  # told before it is moved, as above
            return self._see(self.call("POST", {"advance": missing}))

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
            f"the answer of the test clock is wrong: {str(answer)[:120]!r}",
            'it must answer {"now": "…", "next": "…" or null, "busy": 0}; see [clock] control in the target file',
        ) from None


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
