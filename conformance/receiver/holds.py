"""What the receiver holds back on purpose, and until when; read by whoever moves the target's clock."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Lock

import anyio

from conformance.evidence.attempt import Moment
from conformance.receiver.clocks import Clocks
from conformance.receiver.stream import Connection

_TICK = 0.001
"""Seconds: a target that tells its time in milliseconds may round a due time down."""


def _nobody(_moment: Moment) -> None:
    """Marks a hold that no peer waits for."""


class Hold:
    """One thing held back until `until()` is true or the target's clock has reached `due`; made in the event loop.

    `connection` is the peer kept waiting, and `lost` is called once, in any thread, when that peer gives up first, with
    the moment at which this was seen.
    """

    def __init__(
        self,
        until: Callable[[], bool],
        *,
        due: float | None = None,
        connection: Connection | None = None,
        lost: Callable[[Moment], None] = _nobody,
    ) -> None:
        self.until, self.due, self.connection, self.lost = until, due, connection, lost
        self.released = anyio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        self._loop.call_soon_threadsafe(self.released.set)


class Holds:
    """Everything that is held back now.

    `add` and `wait` belong to the event loop, `release` and `review` to the other threads, and the rest to all.

    A hold leaves the table before what it held goes on. So whoever releases one sees `held` fall at once, and never
    finds the answer under way and the attempt still counted.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._lock = Lock()
        self._open: list[Hold] = []
        self._reached = float("-inf")

    def held(self) -> int:
        """How many attempts are held back while their sender still waits."""
        self._sweep()
        with self._lock:
            return sum(hold.connection is not None for hold in self._open)

    def next_due(self) -> float | None:
        """The earliest time of the target's clock at which a hold ends by itself."""
        self._sweep()
        with self._lock:
            return min((hold.due for hold in self._open if hold.due is not None), default=None)

    def release(self, now: float) -> None:
        """The target's clock has reached `now`: release what is due."""
        with self._lock:
            self._reached = max(self._reached, now)
        self.review()

    def review(self) -> None:
        """Release what need not be held any longer, after a change."""
        with self._lock:
            over = [hold for hold in self._open if self._over(hold)]
            for hold in over:
                self._open.remove(hold)
        for hold in over:
            hold.wake()

    def add(self, hold: Hold) -> bool:
        """Begin to hold; False when there is no reason to (any more)."""
        with self._lock:
            if self._over(hold):
                return False
            self._open.append(hold)
            return True

    async def wait(self, hold: Hold, watch: Callable[[], Awaitable[None]] | None = None) -> None:
        """Wait until an added hold is over. `watch` returns when the peer has hung up."""
        try:
            async with anyio.create_task_group() as group:
                if watch is not None:
                    group.start_soon(self._watch, hold, watch)
                if self._clocks.sleep is not None and hold.due is not None:
                    group.start_soon(self._alarm, hold, hold.due)
                await hold.released.wait()
                group.cancel_scope.cancel()
        finally:
            self._drop(hold)

    async def _watch(self, hold: Hold, watch: Callable[[], Awaitable[None]]) -> None:
        await watch()
        self._lose(hold)

    async def _alarm(self, hold: Hold, due: float) -> None:
        assert self._clocks.sleep is not None  # noqa: S101 - only started with one
        await self._clocks.sleep(max(0.0, due - self._clocks.now()))
        self._drop(hold)
        hold.released.set()

    def _sweep(self) -> None:
        # Asks the kernel, because the event loop may not have come to read the end of a connection yet, and the target
        # no longer counts that attempt as busy.
        with self._lock:
            gone = [hold for hold in self._open if hold.connection is not None and hold.connection.hung_up()]
        for hold in gone:
            self._lose(hold)

    def _lose(self, hold: Hold) -> None:
        # Read before the hold leaves the table: as soon as it has, the target's clock may be moved on.
        moment = self._clocks.moment()
        if self._drop(hold):
            hold.lost(moment)
            hold.wake()

    def _drop(self, hold: Hold) -> bool:
        with self._lock:
            if hold not in self._open:
                return False
            self._open.remove(hold)
            return True

    def _over(self, hold: Hold) -> bool:
        return hold.until() or (hold.due is not None and hold.due <= self._reached + _TICK)
