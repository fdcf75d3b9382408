"""Places for endpoints: a target need not take more than ten of an account at once, so scenarios take turns (R43).

Once it was seen to take more, nobody waits any longer.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

AT_ONCE = 10
"""Endpoints that any target takes of one account."""


@dataclass
class Kept:
    """Places that one scenario has for as long as it lasts, for one endpoint after the other."""

    places: "Places"
    account: str
    number: int

    def keep_only(self, number: int) -> None:
        """Give back all but so many."""
        self.places.give_back(self.account, self.number - number)
        self.number = number


@dataclass
class Places:
    """One for a process. Who needs several has them all at once, or none, so that two never wait for each other.

    `patience`: real seconds after which a scenario waits no longer, and leaves it to the target whether it takes more;
    0 where scenarios come one after the other, so that who still has places has failed.
    """

    patience: float
    _taken: Counter[str] = field(default_factory=Counter)
    _unlimited: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, account: str, number: int = 1) -> None:
        """Wait until so many places of this account are free, or there is no patience left."""
        with self._changed:
            self._changed.wait_for(lambda: self._free(account, number), self.patience)
            self._taken[account] += number

    def _free(self, account: str, number: int) -> bool:
        return account in self._unlimited or self._taken[account] + number <= AT_ONCE

    def lift(self, account: str) -> None:
        """The target takes more of this account."""
        with self._changed:
            self._unlimited.add(account)
            self._changed.notify_all()

    def give_back(self, account: str, number: int = 1) -> None:
        with self._changed:
            self._taken[account] -= number
            self._changed.notify_all()

    @contextmanager
    def kept(self, account: str, number: int) -> Iterator[Kept]:
        """As many places, taken at once and given back at the end."""
        self.take(account, number)
        kept = Kept(self, account, number)
        try:
            yield kept
        finally:
            kept.keep_only(0)
