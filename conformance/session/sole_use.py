"""The report folder: one run at a time writes to it, after removing the files of the run before."""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.client.bodies import FOLDER as BODIES
from conformance.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # a system without it refuses no second run
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
"""The locked file. It is not removed: otherwise two runs could each hold a lock."""
OURS = re.compile(r"(\.jsonl(\.gz(\.\w+)?)?|\.waits\.json(\.\w+)?)$|^\.quota\.json$")
"""The names of the files of evidence, drafts of killed processes included."""
REMEDY = "name a report folder that can be written"


def cannot_be_written(error: OSError) -> ConfigurationError:
    """The refusal of a report folder."""
    return ConfigurationError(f"{error.filename or 'the report folder'}: {error.strerror}", REMEDY)


@contextmanager
def sole_use(directory: Path) -> Iterator[None]:
    """Inside, no other run writes there. The system releases the lock, however the process ends.

    It is shared with the worker processes of this run: those of a run that was killed may outlive it.
    Raises ConfigurationError when another run holds the lock, or when the folder cannot be written.
    """
    with _opened(directory) as descriptor:
        _lock(descriptor, directory)
        with suppress(OSError):  # only for the message of the next run
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        _lock(descriptor, directory, shared=True)
        yield


@contextmanager
def traceless(directory: Path, refused: Callable[[], bool]) -> Iterator[None]:
    """Afterwards, where the run was `refused`, nothing is there that was not there before."""
    new = [path for path in (directory, *directory.parents) if not path.exists()]
    lock = [] if (directory / LOCK).exists() else [directory / LOCK]
    try:
        yield
    finally:
        if refused():
            for path in lock:
                path.unlink(missing_ok=True)
            for folder in new:
                with suppress(OSError):  # somebody else has put something there
                    folder.rmdir()


def must_be_writable(folder: Path) -> None:
    """Raises ConfigurationError where the folder, which need not be there, cannot be made or written to."""
    try:
        new = not folder.exists()
        folder.mkdir(exist_ok=True)
        if new:
            folder.rmdir()
        if not new and not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    except OSError as error:
        raise cannot_be_written(error) from None


@contextmanager
def use_of_a_worker(directory: Path) -> Iterator[None]:
    """Inside, a worker process keeps the lock of its run, even if that was killed. Raises as `sole_use`."""
    with _opened(directory) as descriptor:
        _lock(descriptor, directory, shared=True)
        yield


def is_in_use(directory: Path) -> bool:
    """Whether a run writes there now. Nothing is created; where nobody can tell, none does."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_NB | fcntl.LOCK_EX)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """Gives the descriptor of the locked file."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise cannot_be_written(error) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path, *, shared: bool = False) -> None:
    """A file system without locks is used without one."""
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_NB | (fcntl.LOCK_SH if shared else fcntl.LOCK_EX))
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        by = f" (process {holder})" if holder.isdigit() else ""
        raise ConfigurationError(
            f"{directory} is in use by another run{by}",
            "wait until it and its workers end, or name another report folder",
        ) from None
    except OSError:
        return


def clear(evidence: Path, files: Sequence[Path]) -> None:
    """Remove the evidence and the files of an earlier run, and nothing else.

    Raises ConfigurationError when that fails, or the folder of evidence cannot be made.
    """
    try:
        evidence.mkdir(exist_ok=True)
        for path in evidence.iterdir():
            if path.name == BODIES:
                shutil.rmtree(path)
            elif OURS.search(path.name):
                path.unlink()
    except OSError as error:
        raise cannot_be_written(error) from None
    for file in files:
        with suppress(OSError):  # a file that cannot be written is reported at the end
            file.unlink()
