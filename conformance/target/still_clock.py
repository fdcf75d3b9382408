"""A clock that nobody waits for: what is replayed has happened already."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class StillClock:
    """Every wait is over at once. `scale` is that of the clock that was replayed, which may have been moved."""

    scale: float
    stepped: bool
    _time: float = 0.0

    def now(self) -> float | None:
        return None

    def reading(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        self._time += seconds

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        self._time += 0 if holds() else seconds
        return holds()

    def real_seconds(self, seconds: float) -> float:
        return 0 if self.stepped else seconds / self.scale

    def monotonic(self) -> float:
        return self._time
