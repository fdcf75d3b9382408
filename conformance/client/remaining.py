"""What is left of each account's hourly quota, as all processes of a run know it together: in one small file.

The headers are believed as long as they count our own calls. Where they contradict themselves, or somebody else uses
the key, nobody can tell from them what is left: then only our own calls are counted.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from threading import Lock
from typing import Any

from conformance.checks.contact import seconds_to_reset, until
from conformance.checks.windows import LIMIT, STEADY, integer
from conformance.client.quota import AT_ONCE
from conformance.errors import Throttled
from conformance.evidence import Exchange

try:
    import fcntl
except ImportError:  # a system without it: each process knows what it was told itself
    fcntl = None  # type: ignore[assignment]

FILE = ".quota.json"
RESERVE = 1
"""Calls that are never asked for: whether the headers count the call that tells them is open (R4)."""
UNCOUNTED = AT_ONCE + 1
"""How far a header may be off our count: answers overtake each other, and a repeat or a control is not asked for."""


@dataclass
class Account:
    """Times are readings of the target's clock, in seconds."""

    sent: int = 0
    """Calls of this run, by all of its processes."""
    in_flight: int = 0
    left: int | None = None
    """None: not known."""
    told: int = 0
    """By the last header that was believed, which answered the call `told_by`."""
    told_by: int = 0
    ends: float = 0
    """When the window is over, which in the target's words is `until`."""
    until: str = ""
    doubted: bool = False


@dataclass
class Remaining:
    """`path`: the file that the processes share; None: this is the only one. `now` reads the target's clock.

    `await_reset` waits so many of its seconds, where the run may.
    """

    path: Path | None = None
    now: Callable[[], float] = lambda: 0.0
    await_reset: Callable[[float], None] | None = None
    _own: dict[str, Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def sent(self, account: str) -> int:
        """How many calls this run has sent under the account's key."""
        with self._known(account) as known:
            return known.sent

    def take(self, account: str, *, whatever: bool = False) -> int:
        """The number of a call that is about to be sent, among those of this account.

        Where none is left it waits for the reset, or raises Throttled; `whatever`: neither.
        """
        while True:
            with self._known(account) as known:
                left = self._left(known)
                if whatever or left is None or left > RESERVE:
                    known.sent, known.in_flight = known.sent + 1, known.in_flight + 1
                    known.left = None if left is None else left - 1
                    return known.sent
            if self.await_reset is None:
                raise _used_up(account, left, known.until)
            self.await_reset(known.ends - self.now())

    def see(self, account: str, number: int, exchange: Exchange | None = None) -> None:
        """After it: what its headers tell, where there was an answer that no later call's has overtaken."""
        with self._known(account) as known:
            known.in_flight = max(known.in_flight - 1, 0)
            if exchange is None or exchange.response is None or known.doubted or number < known.told_by:
                return
            told, ahead = integer(exchange.header("x-ratelimit-remaining")), seconds_to_reset(exchange)
            if told is None or told > LIMIT or ahead is None or exchange.header("x-ratelimit-limit") != str(LIMIT):
                known.doubted, known.left = True, None
                return
            self._learn(known, number, told, self.now() + ahead)
            known.until = until(exchange)

    def _learn(self, known: Account, number: int, told: int, ends: float) -> None:
        """In a new window everything is possible; else the count falls as we call."""
        anew = known.left is None or ends > known.ends + STEADY
        fall, calls = known.told - told, known.sent - known.told_by
        if not anew and not -UNCOUNTED <= fall <= calls + UNCOUNTED:
            known.doubted, known.left = True, None
            return
        left = told - known.in_flight
        # Calls may be counted in another order than they were sent.
        known.left = left if anew or fall >= 0 or known.left is None else min(known.left, left)
        known.told, known.told_by, known.ends = told, number, ends

    def _left(self, known: Account) -> int | None:
        return None if known.left is None or self.now() > known.ends else known.left

    @contextmanager
    def _known(self, account: str) -> Iterator[Account]:
        """What is known of the account; changes are kept, and no two processes or threads make any together."""
        with self._lock, self._file() as every:
            names = {each.name for each in fields(Account)}
            known = Account(**{name: value for name, value in every.get(account, {}).items() if name in names})
            yield known
            every[account] = asdict(known)

    @contextmanager
    def _file(self) -> Iterator[dict[str, Any]]:
        if self.path is None or fcntl is None:
            yield self._own
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            every = json.loads(file.read() or "{}")
            try:
                yield every
            finally:
                file.seek(0)
                file.write(json.dumps(every))
                file.truncate()


def _used_up(account: str, left: int | None, in_words: str) -> Throttled:
    told = f"the quota of account {account!r} has no more calls for this run ({left} left, restored at {in_words})"
    return Throttled(told, "run it again then, or add --wait", root=f"the quota of account {account!r} is too small")
