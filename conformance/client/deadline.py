"""When a whole run has to be over: then nothing is sent or awaited any more, and what it left is tidied up."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.errors import TIME_LIMIT, TimeIsOver
from conformance.limits import TIDYING_SECONDS


@dataclass
class Deadline:
    """`seconds` are what `--max-seconds` gave (0: no limit), `at` the reading of `monotonic` at which they are over.

    All processes of a run have the same: those of one machine share that clock.
    """

    seconds: float = 0
    at: float = math.inf
    monotonic: Callable[[], float] = time.monotonic
    _tidied: float = field(default=0.0, init=False)
    """Seconds that requests of who tidies up took after that."""

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return self.left() <= 0

    def left(self, *, tidying: bool = False) -> float:
        """Real seconds until then, below 0 once it has passed; for who tidies up, those that its requests may take."""
        left = self.at - self.monotonic()
        return max(left, 0) + TIDYING_SECONDS - self._tidied if tidying else left

    def tidied(self, seconds: float) -> None:
        """A request of who tidies up took so long."""
        self._tidied += max(min(seconds, -self.left()), 0)

    def check(self, *, tidying: bool = False) -> None:
        """Raises TimeIsOver once it has passed."""
        if self.left(tidying=tidying) <= 0:
            raise self._passed()

    def sleep(self, seconds: float, sleep: Callable[[float], None]) -> None:
        """Let `sleep` pass these seconds. Raises TimeIsOver, at that time, where it comes before their end."""
        left = self.left()
        sleep(max(min(seconds, left), 0))
        if left < seconds:
            raise self._passed()

    def _passed(self) -> TimeIsOver:
        told = f"{TIME_LIMIT} {self.seconds:g} was over"
        return TimeIsOver(told, "give the run more time, or go on with --resume", root=told)
