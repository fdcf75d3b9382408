"""The folder that --extension names."""

from pathlib import Path

from conformance.errors import ConfigurationError
from conformance.near import did_you_mean, near

REQUIREMENTS = "requirements.toml"
"""In the folder of an extension: the requirements that its tests judge."""


def must_be_an_extension(folder: Path) -> None:
    """Raises ConfigurationError where there is no such folder, or no requirements.toml in it."""
    if not folder.is_dir():
        raise ConfigurationError(f"--extension {folder}: there is no such folder", _remedy(folder))
    if not (folder / REQUIREMENTS).is_file():
        told = f"--extension {folder}: there is no {REQUIREMENTS} in it"
        raise ConfigurationError(told, "name a folder with tests and their requirements")


def _remedy(folder: Path) -> str:
    try:
        beside = [path.name for path in folder.parent.iterdir() if path.is_dir()]
    except OSError:
        beside = []
    meant = did_you_mean([str(folder.with_name(name)) for name in near(folder.name, beside, 1)])
    return meant or f"name a folder with tests and their {REQUIREMENTS}"
