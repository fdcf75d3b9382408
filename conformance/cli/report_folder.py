"""The folder that --report-dir, or --output of `report`, names."""

from pathlib import Path

from conformance.errors import ConfigurationError


def make(folder: Path, option: str = "--report-dir") -> None:
    """Creates the folder if it is missing. Raises ConfigurationError, which names the option, when that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{option} {folder}: {error.strerror}", "name a folder that can be written") from None
