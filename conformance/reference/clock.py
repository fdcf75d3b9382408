"""The server's only source of time: a clock that runs, at any speed, or one that stands still until it is moved.

All times are epoch seconds of the clock, all durations its seconds. Whatever waits inside the server waits on a timer
of its clock, and whatever works without a request to belong to is spawned on it.
"""

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Protocol

START = datetime(2026, 1, 1, tzinfo=UTC)

Work = Coroutine[Any, Any, None]


class Clock(Protocol):
    """Time, timers and the work that waits for them."""

    def now(self) -> float:
        """Epoch seconds."""

    def timer(self, seconds: float) -> asyncio.Future[None]:
        """A future that is done when so many seconds have passed. Cancel it to take it off the clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait for a timer."""

    def spawn(self, work: Work) -> None:
        """Run background work."""

    async def close(self) -> None:
        """Cancel the spawned tasks and wait until they end."""


class Crew:
    """The tasks spawned on one clock."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Work) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def close(self) -> None:
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class RunningClock(Crew):
    """Begins at the computer's time and runs `scale` times as fast."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self._begin, self._origin = time.time(), time.monotonic()

    def now(self) -> float:
        return self._begin + (time.monotonic() - self._origin) * self.scale

    def timer(self, seconds: float) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        timer = loop.create_future()
        handle = loop.call_later(seconds / self.scale, _ring, timer)
        timer.add_done_callback(lambda _: handle.cancel())
        return timer

    async def sleep(self, seconds: float) -> None:
        await self.timer(seconds)


class SteppedClock(Crew):
    """Stands still until `advance` moves it, and runs what falls due on the way in order of time.

    It counts whole milliseconds, so that the times it shows are exactly the times it keeps.
    `grace` is in real seconds: when one advance crosses several timers, work that a timer has set going outside the
    server (a delivery) gets so long to come to rest before the next timer rings.
    """

    def __init__(self, start: datetime = START, grace: float = 1.0) -> None:
        super().__init__()
        self.grace = grace
        self._now = round(start.timestamp() * 1000)
        self._timers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._asleep: dict[asyncio.Task[Any], asyncio.Future[None]] = {}
        self._turn = asyncio.Lock()

    def now(self) -> float:
        return self._now / 1000

    def next(self) -> float | None:
        """When the next timer is due."""
        due = self._due()
        return None if due is None else due / 1000

    def busy(self) -> int:
        """How many spawned tasks are neither finished nor asleep.

        A timer is done before the task that sleeps on it runs, so a woken task counts from the moment its timer rings.
        """
        return sum(1 for task in self.tasks if task not in self._asleep or self._asleep[task].done())

    def timer(self, seconds: float) -> asyncio.Future[None]:
        timer = asyncio.get_running_loop().create_future()
        wait = math.ceil(seconds * 1000 - 1e-6)
        if wait > 0:
            heapq.heappush(self._timers, (self._now + wait, next(self._order), timer))
        else:
            _ring(timer)
        return timer

    async def sleep(self, seconds: float) -> None:
        timer, task = self.timer(seconds), asyncio.current_task()
        if task is None or task not in self.tasks:  # a request in flight is not the clock's to count
            return await timer
        self._asleep[task] = timer
        try:
            return await timer
        finally:
            del self._asleep[task]

    async def advance(self, seconds: float) -> None:
        """Move on by so many seconds. Time never runs past a timer that has not rung."""
        async with self._turn:
            end = self._now + round(seconds * 1000)
            while (due := self._due()) is not None and due <= end:
                self._now = max(self._now, due)
                self._ring_due()
                await self._rest(self.grace if self._now < end else 0)
            self._now = end

    def _due(self) -> int | None:
        while self._timers and self._timers[0][2].done():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _ring_due(self) -> None:
        while (due := self._due()) is not None and due <= self._now:
            _ring(heapq.heappop(self._timers)[2])

    async def _rest(self, grace: float) -> None:
        """Let woken work run: what stays inside the server to its next sleep, what goes outside for the grace."""
        for _ in range(20):
            await asyncio.sleep(0)
        deadline = time.monotonic() + grace
        while self.busy() and time.monotonic() < deadline:  # noqa: ASYNC110 - sockets announce no rest
            await asyncio.sleep(0.001)


def _ring(timer: asyncio.Future[None]) -> None:
    if not timer.done():
        timer.set_result(None)


def clock_named(name: str) -> RunningClock | SteppedClock:
    """The clock meant by `real`, `stepped` or a number, which is a scale. Raises ValueError for anything else."""
    if name == "stepped":
        return SteppedClock()
    scale = 1.0 if name == "real" else float(name)
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"{name!r} is no speed of a clock")
    return RunningClock(scale)


def iso(moment: float) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
