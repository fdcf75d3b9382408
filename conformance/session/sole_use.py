"""The report folder: one run at a time writes into it, and begins without what an earlier one left."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # a system without it refuses no second run
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
"""The file that is locked; it stays, since to remove it would let two runs hold a lock each."""
REMEDY = "name a report folder that can be written"


@contextmanager
def sole_use(directory: Path) -> Iterator[None]:
    """Meanwhile no other run writes there: the system holds the lock, and lets it go however the process ends.

    Raises ConfigurationError where another run does, or where nothing can be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}", REMEDY) from None
    try:
        _lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        by = f", by process {holder}" if holder.isdigit() else ""
        raise ConfigurationError(
            f"{directory}: another run is under way there{by}", "wait for its end, or name another report folder"
        ) from None
    except OSError:  # a file system without locks: better a run than none
        return
    with suppress(OSError):  # only to be told to the next one
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())


def clear(journal: Path, files: Sequence[Path]) -> None:
    """An empty journal, and none of the files, lest those of an earlier run be taken for this one's.

    Raises ConfigurationError when the journal cannot be made.
    """
    try:
        with suppress(FileNotFoundError):
            shutil.rmtree(journal)
        journal.mkdir()
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}", REMEDY) from None
    for file in files:
        with suppress(OSError):  # that it cannot be written either will be told at the end
            file.unlink()
