"""The report as files. Each is complete or absent."""

import re
from pathlib import Path

from conformance.report.junit import junit_xml
from conformance.report.model import Report
from conformance.whole_file import write_whole

JSON_NAME = "report.json"
JUNIT_NAME = "junit.xml"
HTML_NAME = "report.html"
_NUMBERS = re.compile(r"\[\n *\d+(?:,\n *\d+)*\n *\]")
"""A list of numbers that takes a line for each. Within a string of JSON there is no end of a line."""


def write_json(report: Report, directory: Path) -> Path:
    """Write report.json into the directory, which is made when it is missing. Raises OSError."""
    return _write(directory / JSON_NAME, json_text(report))


def json_text(report: Report) -> str:
    """What stands in report.json."""
    return _NUMBERS.sub(_on_one_line, report.model_dump_json(indent=1)) + "\n"


def _on_one_line(numbers: re.Match[str]) -> str:
    return "".join(numbers[0].split()).replace(",", ", ")


def write_junit(report: Report, directory: Path) -> Path:
    """Write junit.xml into the directory, which is made when it is missing. Raises OSError."""
    return _write(directory / JUNIT_NAME, junit_xml(report))


def written_files(directory: Path) -> list[Path]:
    """The reports that the directory holds."""
    return [path for name in (JSON_NAME, JUNIT_NAME) if (path := directory / name).is_file()]


def _write(path: Path, text: str) -> Path:
    write_whole(path, text.encode())
    return path
