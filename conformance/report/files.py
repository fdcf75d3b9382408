"""The report as files. Each is complete or absent."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.report.ctrf import ctrf_json
from conformance.report.junit import junit_xml
from conformance.report.markdown import markdown
from conformance.report.model import Report
from conformance.requirements.translation import ENGLISH
from conformance.whole_file import whole

Writer = Callable[[Report, Sequence[Exchange], Sequence[Attempt], str], Iterable[str]]
"""Makes the text of a file, in parts, of a report, the evidence of its run, and the language to tell it in."""
_NUMBERS = re.compile(r"\[\n *\d+(?:,\n *\d+)*\n *\]")
"""A list of numbers that takes a line for each. Within a string of JSON there is no end of a line."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file that a run can write."""

    file: str
    """Its name."""
    parts: Writer


def _of(text: Callable[[Report], str]) -> Writer:
    """The writer of a file that is made of the report alone."""
    return lambda report, _exchanges, _attempts, _lang: (text(report),)


def report_json(report: Report) -> str:
    """The whole report, as its schema describes it."""
    return _NUMBERS.sub(_on_one_line, report.model_dump_json(indent=1)) + "\n"


def _har(report: Report, exchanges: Sequence[Exchange], attempts: Sequence[Attempt], _: str) -> Iterable[str]:
    from conformance.report.har import har_parts  # noqa: PLC0415 - loads a library that only this format needs

    return har_parts(report, exchanges, attempts)


def _page(report: Report, exchanges: Sequence[Exchange], attempts: Sequence[Attempt], lang: str) -> Iterable[str]:
    from conformance.report.html import html_page  # noqa: PLC0415 - loads the templates, which only this format needs

    return (html_page(report, exchanges, attempts, lang),)


def _on_one_line(numbers: re.Match[str]) -> str:
    return "".join(numbers[0].split()).replace(",", ", ")


FORMATS = {
    "json": Format("report.json", _of(report_json)),
    "junit": Format("junit.xml", _of(junit_xml)),
    "html": Format("report.html", _page),
    "ctrf": Format("ctrf.json", _of(ctrf_json)),
    "md": Format("report.md", _of(markdown)),
    "har": Format("evidence.har", _har),
}
"""All files that a run can write, by the names that `--report` and `--to` know them by."""
ALWAYS = "json"
USUAL = "json,junit,html"
"""What a run writes that was not told otherwise."""
JSON_NAME = FORMATS[ALWAYS].file


def formats_of(words: str, option: str, also: Sequence[str] = ()) -> tuple[str, ...]:
    """The formats that an option was given, each once. `also` are further names that it knows.

    Raises ConfigurationError for what is no format, and where there is none.
    """
    names = tuple(dict.fromkeys(name.strip() for name in words.split(",")))
    known = (*also, *FORMATS)
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"unknown format {', '.join(unknown)!r} in {option}", f"choose from {', '.join(known)}"
        )
    return names


def write(  # noqa: PLR0917 - all formats are given the same
    name: str,
    report: Report,
    directory: Path,
    exchanges: Sequence[Exchange] = (),
    attempts: Sequence[Attempt] = (),
    lang: str = ENGLISH,
) -> Path:
    """Write the file of a format into the directory, which is made when it is missing. Raises OSError.

    `lang` is that of the page, "en" or "zh-TW"; the other formats are in English.
    """
    path = directory / FORMATS[name].file
    with whole(path) as file:
        for part in FORMATS[name].parts(report, exchanges, attempts, lang):
            file.write(part.encode())
    return path


def write_json(report: Report, directory: Path) -> Path:
    """Write report.json. Raises OSError."""
    return write(ALWAYS, report, directory)


def places(directory: Path) -> Iterator[Path]:
    """Where the files of a directory are, whether or not they are there."""
    return (directory / each.file for each in FORMATS.values())


def written_files(directory: Path) -> list[Path]:
    """The reports that the directory holds."""
    return [path for path in places(directory) if path.is_file()]
