"""What is not asked any more, and why: a broken peer costs a few requests, and is told of once."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.checks.windows import integer
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY, late, lost, spoilt
from conformance.limits import CUT_OFF

LONGEST_BURST_WAIT = 60
"""Seconds: a longer Retry-After is the hourly quota's, not that of too many calls at once (R7)."""


@dataclass
class Circuit:
    """Thread-safe. `check` raises what `see` and `gone` have learned.

    `allowed` says why nothing more is sent under a key; "" as long as something may be.
    """

    allowed: Callable[[], str] = lambda: ""
    _closed: dict[tuple[str, str], Inconclusive] = field(default_factory=dict)
    """By operation and account; an empty one stands for any."""
    _cut_off: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lost: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, operation: str, account: str, *, tidying: bool = False) -> None:
        """Raises Inconclusive where asking is over; whoever tidies up asks as long as the target answers at all."""
        with self._lock:
            every = (("", ""), (operation, ""), ("", account), (operation, account))
            places = every[:1] if tidying else every
            reason = next((self._closed[place] for place in places if place in self._closed), None)
        if reason is not None:
            raise reason
        if not tidying:
            self.allow(account)

    def allow(self, account: str) -> None:
        """Raises Inconclusive where the account is to be charged no more."""
        if account and (why := self.allowed()):
            raise exceeded(why)

    def given_up(self, operation: str, account: str) -> bool:
        """Whether an answer was given up before."""
        with self._lock:
            return bool(self._cut_off[operation, ""] or self._cut_off[operation, account])

    def lost(self, account: str) -> int:
        """How many calls under its key were lost so far: each may have been counted by the target, or not."""
        with self._lock:
            return self._lost[account]

    def see(self, exchange: Exchange, operation: str) -> None:
        """Learn from an exchange of this operation."""
        if lost(exchange):
            with self._lock:
                self._lost[exchange.account] += 1
        if exchange.limit:
            self._count((operation, ""), exchange)
        elif late(exchange):
            self._count((operation, exchange.account), exchange)
        elif exchange.status == TOO_MANY and not exchange.expects_429 and _used_up(exchange):
            told = f"the quota of account {exchange.account or 'nobody'!r} is used up{_until(exchange)}"
            self._close(("", exchange.account), exchange, told, "run again once it is restored")

    def gone(self, last: Exchange) -> None:
        """The target does not answer any more."""
        told = f"the target stopped answering: {last.failure or f'status {last.status}'}"
        self._close(("", ""), last, told, "check that the target is up, then run again")

    def over(self, reason: Inconclusive) -> None:
        """Nothing is asked any more."""
        with self._lock:
            self._closed.setdefault(("", ""), reason)

    def _count(self, place: tuple[str, str], exchange: Exchange) -> None:
        with self._lock:
            self._cut_off[place] += 1
            enough = self._cut_off[place] >= CUT_OFF
        if enough:
            told = f"{place[0] or 'this'} is called no more: {CUT_OFF} answers were given up ({exchange.failure})"
            self._close(place, exchange, told, "`gimg-conformance help limits` lists what is read")

    def _close(self, place: tuple[str, str], exchange: Exchange, told: str, hint: str) -> None:
        """With the root of what was seen last, so that the cause is told once."""
        seen = spoilt(exchange)
        reason = Inconclusive(told, hint, root=seen.root if seen else told)
        with self._lock:
            self._closed.setdefault(place, reason)


def exceeded(why: str) -> Inconclusive:
    """Of a run that takes more than it was planned to, and more than the target file allows."""
    return Inconclusive(why, "see which scenarios took more: `scenarios` in report.json", root=why)


def _used_up(exchange: Exchange) -> bool:
    wait = integer(exchange.header("retry-after"))
    return exchange.header("x-ratelimit-remaining") == "0" or (wait is not None and wait > LONGEST_BURST_WAIT)


def _until(exchange: Exchange) -> str:
    wait = exchange.header("retry-after")
    return f" ({exchange.told}, Retry-After {wait[:20]})" if wait else f" ({exchange.told})"
