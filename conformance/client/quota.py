"""Keeps the suite within the target's limits, so that it is never throttled by accident."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from conformance.evidence import Exchange

AT_ONCE = 5
"""Requests a key may have under way, and generations at work: the documentation's number, under either reading."""


@dataclass
class Quota:
    """Slots by account. `share` is this process's part of the five; the sum over all processes is at most five.

    Only a thread that needs more generations at work than the whole share goes beyond it: it would wait for itself.
    """

    share: int = AT_ONCE
    requests: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _slots: dict[str, threading.Semaphore] = field(default_factory=dict)
    _at_work: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By account: how many generations each thread has at work."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _given_back: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def slot(self, account: str) -> Iterator[None]:
        """Wait for one of the account's slots and hold it for a request. No account: nothing to wait for."""
        if not account:
            yield
            return
        with self._of(account):
            yield

    @contextmanager
    def work(self, account: str, count: int = 1) -> Iterator[None]:
        """Wait until the account may have so many more generations at work, and hold them, all together.

        They count as those of the thread that took them, whichever gives them back.
        """
        own = threading.get_ident()
        with self._given_back:
            held = self._at_work[account]
            self._given_back.wait_for(lambda: held.total() + count <= self.share or held.total() == held[own])
            held[own] += count
        try:
            yield
        finally:
            with self._given_back:
                held[own] -= count
                self._given_back.notify_all()

    def see(self, exchange: Exchange) -> None:
        with self._lock:
            self.requests[exchange.account] += 1

    def _of(self, name: str) -> threading.Semaphore:
        with self._lock:
            return self._slots.setdefault(name, threading.Semaphore(self.share))
