"""`diff`, `baseline` and `merge`: reports beside each other."""

import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import click
from rich.text import Text

from conformance.comparison.changes_told import WRITERS
from conformance.comparison.difference import difference
from conformance.comparison.overview import overview
from conformance.comparison.overview_page import overview_page
from conformance.comparison.shards import merged
from conformance.comparison.sources import report_in
from conformance.errors import ConfigurationError
from conformance.report import Report, write
from conformance.report.layout import console_for, in_signs_of
from conformance.target.known_failures import ENTRY
from conformance.verdict import RunVerdict, Verdict
from conformance.whole_file import write_whole

TOLERATED = timedelta(days=90)
"""From the day of the report to the last one on which its failures are tolerated, where nobody says another."""
REGRESSED, NONCONFORMANT, UNDECIDED = 1, 1, 3
OVERVIEW_JSON, OVERVIEW_HTML = "overview.json", "overview.html"


def compare(old: Path, new: Path, form: str) -> int:
    """Print what changed, and return the exit status. Raises ConfigurationError."""
    diff = difference(_judged(old), _judged(new))
    told = WRITERS[form](diff)
    click.echo(told if form == "json" else in_signs_of(console_for(sys.stdout), Text(told)).plain, nl=False)
    return REGRESSED if diff.regressed else 0


def _judged(path: Path) -> Report:
    """The report. Raises ConfigurationError for one that judged nothing: it would show no regression."""
    report = report_in(path)
    if not any(row.verdict in {Verdict.PASS, Verdict.FAIL} for row in report.requirements):
        raise ConfigurationError(f"{path} judged nothing: {report.summary}", "compare runs that came to verdicts")
    return report


def baseline(path: Path) -> str:
    """The findings of a report as known failures, in TOML. Raises ConfigurationError."""
    report = report_in(path)
    last = _day_of(report, path) + TOLERATED
    if not report.findings:
        return f"# Nothing failed on {report.finished_at[:10]} ({report.target.name}), so there is nothing to list.\n"
    head = f"# What failed on {report.finished_at[:10]} ({report.target.name}). Say who sees to each, and until when.\n"
    return head + "".join(
        f"\n[[{ENTRY}]]\nfinding = {_quoted(finding.id)}\nbreaks = [{', '.join(map(_quoted, finding.requirements))}]\n"
        f'reason = {_quoted(finding.cause)}\nowner = ""\n# expires = {last}\n'
        for finding in report.findings
    )


def _day_of(report: Report, path: Path) -> date:
    try:
        return datetime.fromisoformat(report.finished_at).date()
    except ValueError:
        told = f"{path}: finished_at is {report.finished_at!r}, no time of ISO 8601"
        raise ConfigurationError(told, "give a report as a run wrote it") from None


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    plain = text.encode("unicode_escape").decode() if not text.isprintable() else text.replace("\\", "\\\\")
    return '"' + plain.replace('"', '\\"').replace("\\x", "\\u00") + '"'


def merge(paths: Sequence[Path], output: Path) -> int:
    """Write one report of the shards of a target, or an overview of several targets; the exit status of the worst."""
    reports = sorted((report_in(path) for path in paths), key=_whose)
    of_targets = [list(group) for _, group in groupby(reports, _whose)]
    runs = [merged(some) if len(some) > 1 else some[0] for some in of_targets]
    try:
        files = _one(runs[0], output) if len(runs) == 1 else _many(runs, output)
    except OSError as error:
        raise ConfigurationError(f"--output {output}: {error.strerror}", "name a folder that can be written") from None
    for run in runs:
        click.echo(f"{run.verdict.upper():14} {run.target.name}: {run.summary}")
    click.echo(f"Files: {', '.join(map(str, files))}")
    verdicts = {run.verdict for run in runs}
    if RunVerdict.NONCONFORMANT in verdicts:
        return NONCONFORMANT
    return UNDECIDED if RunVerdict.UNDECIDED in verdicts else 0


def _whose(report: Report) -> tuple[str, str]:
    return report.target.name, report.target.base_url


def _one(run: Report, output: Path) -> list[Path]:
    return [write(name, run, output) for name in ("junit", "json")]


def _many(runs: Sequence[Report], output: Path) -> list[Path]:
    found = overview(runs)
    write_whole(output / OVERVIEW_JSON, found.model_dump_json(indent=1).encode() + b"\n")
    write_whole(output / OVERVIEW_HTML, overview_page(found).encode())
    return [output / OVERVIEW_JSON, output / OVERVIEW_HTML]
