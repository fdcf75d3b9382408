"""Somebody else's servers, each judged by the suite; 1 when a report is not as it should be.

`python -m tests.servers.bench_servers [--output reports/servers.md] [WORD…]`, from the top of the repository. What is
missing is skipped, and the table says why. With words, only set-ups whose names hold one of them, and no table is
written. `tox -e servers` installs all but nginx.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance import Report, __version__, run
from tests.servers.programs import MissingError
from tests.servers.setups import SETUPS, Setup

TABLE = Path(__file__).parents[2] / "reports" / "servers.md"
LONGEST = 300
"""Seconds that a run may take."""
MOST_IDS = 4


@dataclass(frozen=True)
class Row:
    """What became of a set-up: a report, or why there is none."""

    setup: Setup
    versions: tuple[str, ...] = ()
    seconds: float = 0.0
    report: Report | None = None
    skipped: str = ""

    @property
    def right(self) -> bool:
        return self.report is None or self.report.exit_status == self.setup.status


def measured(setup: Setup, folder: Path) -> Row:
    """Start it, judge it, end it."""
    try:
        found = [program() for program in setup.programs]
    except MissingError as error:
        return Row(setup, skipped=str(error))
    versions = tuple(f"{Path(path).name} {version}" for path, version in found)
    with setup.made(folder) as target:
        authority = folder / "ca.pem"
        began = time.monotonic()
        report = run(
            target, profile=setup.profile, report_dir=folder / "reports", max_seconds=LONGEST,
            ca=authority if authority.exists() else None,
        )  # fmt: skip
    return Row(setup, versions, time.monotonic() - began, report)


def table(rows: Sequence[Row]) -> str:
    """The document, in Markdown."""
    day, programs = datetime.now(UTC).date(), sorted({name for row in rows for name in row.versions})
    lines = [
        "# Somebody else's servers",
        "",
        (
            f"Measured on {day} by `tox -e servers`, with gimg-conformance {__version__}, Python "
            f"{platform.python_version()} and {', '.join(programs)}, all on 127.0.0.1. The reference server stands "
            "behind the proxies, on a stepped clock where nothing else is said. Requests are those under a key."
        ),
        "",
        "| set-up | profile | exit status | verdict | requests | seconds |",
        "|---|---|---:|---|---:|---:|",
        *map(_line, rows),
        "",
        *(line for row in rows for line in _why(row)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Row) -> str:
    report, name = row.report, row.setup.name
    if report is None:
        return f"| {name} | {row.setup.profile} | - | skipped: {row.skipped} | - | - |"
    wrong = "" if row.right else f" (**should be {row.setup.status}**)"
    told = f"{report.verdict}: {report.summary}"
    return (
        f"| {name} | {report.profile} | {report.exit_status}{wrong} | {told} | {report.cost.requests} | "
        f"{row.seconds:.1f} |"
    )


def _why(row: Row) -> list[str]:
    if row.report is None:
        return []
    lines = [f"## {row.setup.name}, {row.report.profile}", "", row.setup.why, ""]
    lines += [f"- {_shortly(finding.requirements)}: {finding.cause}" for finding in row.report.findings]
    lines += [f"- not decided: {why}" for why in row.report.because if row.report.exit_status == 3]
    return [*lines, *([""] if lines[-1] else [])]


def _shortly(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
    return ", ".join(ids[:MOST_IDS]) + more


def main(arguments: Sequence[str]) -> int:
    """Print a line for each, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--output", type=Path, default=TABLE)
    given = parser.parse_args(arguments)
    chosen = [one for one in SETUPS if not given.words or any(word in one.name for word in given.words)]
    rows = []
    for setup in chosen:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row := measured(setup, Path(folder)))
        print(_line(row), flush=True)
    if not given.words:
        given.output.write_text(table(rows), encoding="utf-8")
    return 0 if all(row.right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
