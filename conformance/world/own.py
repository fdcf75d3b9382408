"""Tables that belong to one thread."""

import threading
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Own(dict[K, V]):
    """What was sent already, so that it is sent once. It belongs to the thread that made it, which runs the tests.

    Another one could send between a look and the sending, so that its look raises RuntimeError: what scenarios that
    overlap share is locked instead.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def __contains__(self, key: object) -> bool:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a table that belongs to another thread")
        return super().__contains__(key)
