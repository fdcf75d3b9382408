"""A full or failing disk: neither the target's fault nor the suite's, reported once."""

import errno
from collections.abc import Callable
from pathlib import Path

from conformance.errors import Inconclusive

NO_RECORD = "no-record"
"""The code of the error after which nothing is sent: without a record nothing can be judged."""
_TROUBLES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


def disk_failure(error: BaseException | None) -> Inconclusive | None:
    """The outcome of a test with this error, if the disk caused it; else None."""
    if not isinstance(error, OSError) or error.errno not in _TROUBLES:
        return None
    return Inconclusive(
        f"the evidence could not be recorded: {error.strerror}",
        "free some space in the report folder, or name another one",
        NO_RECORD,
    )


class Keeper:
    """Writes the files of a run one by one. `failures` holds, by path, why a file could not be written."""

    def __init__(self) -> None:
        self.failures: dict[Path, str] = {}

    def keep(self, path: Path, write: Callable[[], object]) -> bool:
        """Whether the file was written."""
        try:
            write()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not lose the verdict
            self.failures[path] = f"{path} could not be written: {told(error)}"
            return False
        return True


def told(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
