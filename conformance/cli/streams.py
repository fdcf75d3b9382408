"""Standard output and error that cannot fail: nobody who reads, or a full disk, changes neither files nor status.

What cannot be written is dropped. It happens below Python's buffers, so that none of them is left with something that
fails again when the interpreter ends.
"""

import errno
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

OUTPUTS = {"stdout": 1, "stderr": 2}


def lost_output() -> str:
    """Why some of the standard output could not be written; empty: all of it was, or nobody read it."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, _Forgiving) else ""


def make_forgiving() -> None:
    """Replace the process's standard streams. What stands in their place already, as in tests, stays there."""
    _open_missing()
    for name, number in OUTPUTS.items():
        stream, first = getattr(sys, name), f"__{name}__"
        if stream is getattr(sys, first):
            forgiving = _forgiving(number, stream, closes=False)
            setattr(sys, name, forgiving)
            if stream is None:  # it was closed; whoever asks for the first one gets none otherwise
                setattr(sys, first, forgiving)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def twin(stream: TextIO) -> Iterator[TextIO]:
    """Another way to where a stream leads, for while the stream itself is captured."""
    try:
        descriptor = os.dup(stream.fileno())
    except (OSError, ValueError):  # a stream without a file behind it, as in tests
        yield stream
        return
    with _forgiving(descriptor, stream, closes=True) as second:
        yield second


def _open_missing() -> None:
    """A standard stream that is closed leads nowhere, lest the next file that is opened be taken for it."""
    for number in (0, *OUTPUTS.values()):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _forgiving(descriptor: int, like: TextIO | None, *, closes: bool) -> TextIO:
    return TextIOWrapper(
        BufferedWriter(_Forgiving(descriptor, "wb", closefd=closes)),
        encoding=like.encoding if like else "utf-8",
        errors="replace",  # a report must not break on what a terminal cannot show
        line_buffering=True,
    )


class _Forgiving(FileIO):
    """A file that takes whatever it is given, and remembers why it first lost some of it."""

    lost = ""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # full, and set not to wait
                select.select([], [self], [])
        except OSError as error:
            if error.errno != errno.EPIPE:  # nobody reads any more: that is their choice
                self.lost = self.lost or error.strerror or str(error)
            return memoryview(data).nbytes
        return written
