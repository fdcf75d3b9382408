"""Tables that belong to one thread."""

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from conformance.client.current import Scenario, give, sending
from conformance.client.record import is_stale, recorded

K = TypeVar("K")
V = TypeVar("V")


class OnceTable(dict[K, V]):
    """What was sent already, so that it is sent once. It belongs to the thread that made it, which runs the tests.

    Another one could send between a look and the sending, so that its look raises RuntimeError: what scenarios that
    overlap share is locked instead.

    Each value is a scenario of its own, whoever asks for it first: `name`, "/" and words.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._thread = name, threading.get_ident()
        self._scenarios, self._called = dict[Hashable, Scenario](), set[str]()

    def once(self, key: K, words: str, make: Callable[[], V]) -> V:
        """The value of this key, made when it is first asked for.

        `words` tell it from the others in the evidence and in the journal, whoever asks first.
        """
        scenario = give(self.scenario(key, words))
        with sending(scenario):
            if key not in self or is_stale(scenario):
                self[key] = recorded(scenario, make)
        return self[key]

    def scenario(self, key: Hashable, words: str) -> Scenario:
        """What makes the value of this key, or the values of this group of keys."""
        if key not in self._scenarios:
            if words in self._called:
                raise ValueError(f"two values of {self._name} are called {words!r}")
            self._called.add(words)
            self._scenarios[key] = Scenario(f"{self._name}/{words}")
        return self._scenarios[key]

    def __contains__(self, key: object) -> bool:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a table that belongs to another thread")
        return super().__contains__(key)
