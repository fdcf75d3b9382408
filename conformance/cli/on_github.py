"""What a run does beside the usual in a job of GitHub Actions: the summary of its page, and annotations."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.report import Report
from conformance.report.annotations import annotations
from conformance.report.markdown import MOST_BYTES, markdown

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file whose Markdown GitHub shows; other commands of the step write into it as well."""


def is_github(environment: Mapping[str, str]) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def summarised(report: Report, environment: Mapping[str, str]) -> list[Path]:
    """Add the report to the summary; the file that was written, if one was. Raises OSError."""
    if not is_github(environment) or not environment.get(SUMMARY):
        return []
    path = Path(environment[SUMMARY])
    before = path.stat().st_size if path.exists() else 0
    text = markdown(report, MOST_BYTES - before - 2)
    with path.open("ab") as file:
        file.write(f"\n\n{text}".encode() if before else text.encode())
    return [path] if text else []


@contextmanager
def quoted(console: Console, environment: Mapping[str, str], token: str) -> Iterator[None]:
    """Inside, GitHub takes nothing that is printed for a command: what a target sent may look like one.

    `token` is one that nobody can guess.
    """
    if not is_github(environment):
        yield
        return
    _print(console, f"::stop-commands::{token}")
    try:
        yield
    finally:
        _print(console, f"::{token}::")


def annotate(report: Report, console: Console, environment: Mapping[str, str]) -> None:
    """Print the annotations of a job."""
    for line in annotations(report) if is_github(environment) else ():
        _print(console, line)


def _print(console: Console, line: str) -> None:
    """One line, however long."""
    console.print(Text(line), soft_wrap=True)
