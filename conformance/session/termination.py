"""SIGTERM, by which CI systems end a job, ends a run as Ctrl-C does: in order, with a report of what is known."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def terminable() -> Iterator[None]:
    """Meanwhile SIGTERM raises KeyboardInterrupt, unless somebody else attends to it."""
    unattended = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not unattended or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
