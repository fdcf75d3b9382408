"""Standard output and error that cannot fail: a closed pipe or a full disk changes neither files nor exit status.

What cannot be written is dropped. This happens below Python's buffers: data left in them would fail again when the
interpreter ends.
"""

import codecs
import errno
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO

from conformance.signs import PLAIN

OUTPUTS = {"stdout": 1, "stderr": 2}
ENCODING_ERRORS = "gimg-plain"


def in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """The codec error handler that writes `PLAIN`, and a question mark for any other character."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error(ENCODING_ERRORS, in_plain_signs)


def lost_output() -> str:
    """Why some of the standard output could not be written; empty if all of it was, or if the pipe was closed."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, _Forgiving) else ""


def make_forgiving() -> None:
    """Replace the standard streams of the process, unless they are replaced already, as in tests."""
    _open_missing()
    for name, number in OUTPUTS.items():
        stream, first = getattr(sys, name), f"__{name}__"
        if stream is getattr(sys, first):
            forgiving = _forgiving(number, stream, closes=False)
            setattr(sys, name, forgiving)
            if stream is None:  # it was closed; whoever asks for the first one gets none otherwise
                setattr(sys, first, forgiving)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=ENCODING_ERRORS)


@contextmanager
def twin(stream: TextIO) -> Iterator[TextIO]:
    """A second stream to the same file, for use while the first one is captured."""
    try:
        descriptor = os.dup(stream.fileno())
    except (OSError, ValueError):  # a stream without a file behind it, as in tests
        yield stream
        return
    with _forgiving(descriptor, stream, closes=True) as second:
        yield second


def _open_missing() -> None:
    """Open closed standard streams to nowhere; else the next file that is opened would take their place."""
    for number in (0, *OUTPUTS.values()):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _forgiving(descriptor: int, like: TextIO | None, *, closes: bool) -> TextIO:
    return TextIOWrapper(
        BufferedWriter(_Forgiving(descriptor, "wb", closefd=closes)),
        encoding=like.encoding if like else "utf-8",
        errors=ENCODING_ERRORS,  # a report must not break on what a terminal cannot show
        line_buffering=True,
    )


class _Forgiving(FileIO):
    """A file whose writes never fail. `lost` says why the first one was lost."""

    lost = ""

    def write(self, data: Any, /) -> int:
        try:
            while (written := super().write(data)) is None:  # full, and set not to wait
                select.select([], [self], [])
        except OSError as error:
            if error.errno != errno.EPIPE:  # the reader closed the pipe, which is no failure
                self.lost = self.lost or error.strerror or str(error)
            return memoryview(data).nbytes
        return written
