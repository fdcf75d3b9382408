"""The folder that --report-dir names."""

from pathlib import Path

from conformance.errors import ConfigurationError


def make(folder: Path) -> None:
    """Creates the folder if it is missing. Raises ConfigurationError when that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"--report-dir {folder}: {error.strerror}", "name a folder that can be written"
        ) from None
