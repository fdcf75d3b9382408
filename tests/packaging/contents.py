"""What a built package has in it."""

import tarfile
import zipfile
from pathlib import Path

ADDED = {"conformance/contract/openapi.yaml", "conformance/cli/README.md"}
"""What the wheel has from the top of the repository."""


def files_of_wheel(path: Path) -> set[str]:
    """Its files, those that describe the package itself apart."""
    with zipfile.ZipFile(path) as wheel:
        return {name for name in wheel.namelist() if ".dist-info/" not in name}


def files_of_sdist(path: Path) -> set[str]:
    """Its files, without the folder that all are in, and without what describes the package."""
    with tarfile.open(path) as sdist:
        names = (member.name.partition("/")[2] for member in sdist if member.isfile())
        return {name for name in names if name != "PKG-INFO"}


def difference(built: set[str], kept: set[str]) -> str:
    """In words, "" for none: `kept` is what the repository has."""
    told = [("it lacks", kept - built), ("nobody asked for", built - kept)]
    return "; ".join(f"{words} {', '.join(sorted(names))}" for words, names in told if names)
