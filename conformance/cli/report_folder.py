"""The folder that --report-dir names."""

from pathlib import Path

from conformance.errors import ConfigurationError


def make(folder: Path) -> None:
    """Raises ConfigurationError when it is not there and cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"--report-dir {folder}: {error.strerror}", "name a folder that can be written"
        ) from None
