"""The folder that --report-dir, or --output of `report`, names."""

from contextlib import suppress
from pathlib import Path

from conformance.errors import ConfigurationError


def make(folder: Path, option: str = "--report-dir") -> None:
    """Creates the folder if it is missing. Raises ConfigurationError, which names the option, when that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{option} {folder}: {error.strerror}", "name a folder that can be written") from None


def must_be_makeable(folder: Path, option: str = "--report-dir") -> None:
    """Raises the same, and leaves no folder that was not there: the run may be refused yet."""
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        make(folder, option)
    finally:
        for path in new:
            with suppress(OSError):
                path.rmdir()
