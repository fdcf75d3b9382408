"""The folder that --report-dir, or --output of `report`, names."""

import tempfile
from contextlib import suppress
from pathlib import Path

from conformance.errors import ConfigurationError


def make(folder: Path, option: str = "--report-dir") -> None:
    """Creates the folder if it is missing. Raises ConfigurationError, which names the option, when that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, option, error) from None


def must_be_writable(folder: Path, option: str = "--report-dir") -> None:
    """Raises the same where no file can be written into it. Leaves nothing behind: the run may be refused yet."""
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        make(folder, option)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(folder, option, error) from None
    finally:
        for path in new:
            with suppress(OSError):
                path.rmdir()


def _refused(folder: Path, option: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{option} {folder}: {error.strerror}", "name a folder that can be written")
