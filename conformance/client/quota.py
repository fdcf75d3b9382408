"""Keeps the suite within the target's limits, so that it is never throttled by accident."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from conformance.evidence import Exchange

AT_ONCE = 5
"""Requests a key may have under way, and generations at work: the documentation's number, under either reading."""


@dataclass
class Quota:
    """Slots by account. `share` is this process's part of the five; the sum over all processes is at most five."""

    share: int = AT_ONCE
    requests: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _slots: dict[str, threading.Semaphore] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def slot(self, account: str) -> Iterator[None]:
        """Wait for one of the account's slots and hold it for a request. No account: nothing to wait for."""
        if not account:
            yield
            return
        with self._of(f"request:{account}"):
            yield

    def take_work(self, account: str) -> None:
        """Wait until the account may have one more generation at work."""
        self._of(f"work:{account}").acquire()

    def give_work_back(self, account: str) -> None:
        self._of(f"work:{account}").release()

    def see(self, exchange: Exchange) -> None:
        with self._lock:
            self.requests[exchange.account] += 1

    def _of(self, name: str) -> threading.Semaphore:
        with self._lock:
            return self._slots.setdefault(name, threading.Semaphore(self.share))
