"""Says what is waited for, where nothing is printed for a few seconds."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.text import Text

T = TypeVar("T")
A_FEW = 3.0
"""Real seconds."""


def each(items: Iterable[T], what: str, console: Console) -> Iterator[T]:
    """The same items. Of each that takes longer than a few seconds it is said, once, that it is waited for."""
    left = iter(items)
    while True:
        with _said(what, console):
            item = next(left, None)
        if item is None:
            return
        yield item


@contextmanager
def _said(what: str, console: Console) -> Iterator[None]:
    # rich writes line by line, so that this never stands within another line.
    timer = threading.Timer(A_FEW, lambda: console.print(Text(f"waiting for {what}", style="dim"), soft_wrap=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
