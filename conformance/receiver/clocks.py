"""The clocks of a receiver, all passed in."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from conformance.evidence.attempt import Moment
from conformance.evidence.exchange import utc

Sleep = Callable[[float], Awaitable[None]]


def scaled(scale: float) -> Sleep:
    """Sleeping by a clock that runs `scale` times faster than real time: takes seconds of that clock."""

    async def sleep(seconds: float) -> None:
        await anyio.sleep(seconds / scale)

    return sleep


@dataclass(frozen=True, slots=True)
class Clocks:
    """`now` is the target's time in epoch seconds; `sleep` waits by it, and is None for a test clock.

    `wall` is this machine's time in epoch seconds.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Sleep | None
    wall: Callable[[], float] = time.time

    def moment(self) -> Moment:
        return Moment(self.monotonic(), self.now(), utc(self.wall()))
