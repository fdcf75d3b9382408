"""SIGTERM, with which CI systems stop a job, ends a run as Ctrl-C does: in order, with a report."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM raises KeyboardInterrupt, unless there is another handler."""
    unattended = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not unattended or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
