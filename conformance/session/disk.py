"""A disk that is full, or fails: no fault of the target nor of the suite, and told once."""

import errno
from collections.abc import Callable
from pathlib import Path

from conformance.errors import Inconclusive

NO_RECORD = "no-record"
"""The code of the error after which nothing more is sent: what cannot be recorded cannot be judged."""
_TROUBLES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


def disk_failure(error: BaseException | None) -> Inconclusive | None:
    """What it means that a test met this error, if it is the disk's."""
    if not isinstance(error, OSError) or error.errno not in _TROUBLES:
        return None
    return Inconclusive(
        f"the evidence could not be recorded: {error.strerror}",
        "make room in the report folder, or name another",
        NO_RECORD,
    )


class Keeper:
    """Writes the files of a run, each for itself. `failures` says of those that could not be written why, by path."""

    def __init__(self) -> None:
        self.failures: dict[Path, str] = {}

    def keep(self, path: Path, write: Callable[[], object]) -> bool:
        """Whether the file was written."""
        try:
            write()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the verdict with it
            self.failures[path] = f"{path} could not be written: {told(error)}"
            return False
        return True


def told(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
