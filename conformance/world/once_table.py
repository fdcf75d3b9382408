"""Tables that belong to one thread."""

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import TypeVar

from conformance.client.current import Scenario, give, sending

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
        self._scenarios, self._called = dict[Hashable, Scenario](), Counter[str]()

    def once(self, key: K, words: str, make: Callable[[], V]) -> V:
        """The value of this key, made when it is first asked for. `words` tell it from the others in the evidence."""
        with sending(give(self.scenario(key, words))):
            if key not in self:
                self[key] = make()
        return self[key]

    def scenario(self, key: Hashable, words: str) -> Scenario:
        """What makes the value of this key, or the values of this group of keys."""
        if key not in self._scenarios:
            self._called[words] += 1
            again = f" ({self._called[words]})" if self._called[words] > 1 else ""
            self._scenarios[key] = Scenario(f"{self._name}/{words}{again}")
        return self._scenarios[key]

    def __contains__(self, key: object) -> bool:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a table that belongs to another thread")
        return super().__contains__(key)
