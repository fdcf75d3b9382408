"""The report as files. Each is complete or absent: it is written beside its place and then moved there."""

import os
import re
import tempfile
from pathlib import Path

from conformance.report.junit import junit_xml
from conformance.report.model import Report

JSON_NAME = "report.json"
JUNIT_NAME = "junit.xml"
_NUMBERS = re.compile(r"\[\n *\d+(?:,\n *\d+)*\n *\]")
"""A list of numbers that takes a line for each. Within a string of JSON there is no end of a line."""


def write_json(report: Report, directory: Path) -> Path:
    """Write report.json into the directory, which is made when it is missing. Raises OSError."""
    return _write(directory / JSON_NAME, _NUMBERS.sub(_on_one_line, report.model_dump_json(indent=1)) + "\n")


def _on_one_line(numbers: re.Match[str]) -> str:
    return "".join(numbers[0].split()).replace(",", ", ")


def write_junit(report: Report, directory: Path) -> Path:
    """Write junit.xml into the directory, which is made when it is missing. Raises OSError."""
    return _write(directory / JUNIT_NAME, junit_xml(report))


def written_files(directory: Path) -> list[Path]:
    """The reports that the directory holds."""
    return [path for name in (JSON_NAME, JUNIT_NAME) if (path := directory / name).is_file()]


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path
