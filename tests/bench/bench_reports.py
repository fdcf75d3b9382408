"""Benchmark: each format of the report, of 500 checks and of ten times as many, with four exchanges to a check.

Prints size, seconds and the most memory that writing takes beside the report and the evidence, which are those of a
gate run on the embedded server with a fault, repeated. Exit status 1 when size or memory grows more than the checks do.
"""

import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.report import Report, write
from conformance.report.files import FORMATS
from conformance.session.rebuild import rebuilt

CHECKS, TIMES, EXCHANGES = 500, 10, 4
ROOM = 1.2
"""How much more than linear is still linear."""
RUN = "from conformance.cli import main; main(prog_name='gimg-conformance')"
FAULT = "--gimg-fault=the-id-has-another-name"


def repeated(report: Report, checks: int) -> Report:
    """The report with about so many checks, each requirement with its share."""
    copies = range(round(checks / len(report.checks)))
    more = [check.model_copy(update={"id": f"{check.id}~{n}"}) for n in copies for check in report.checks]
    rows = [
        row.model_copy(update={"checks": [f"{id_}~{n}" for n in copies for id_ in row.checks]})
        for row in report.requirements
    ]
    return report.model_copy(update={"checks": more, "requirements": rows})


def renumbered(exchanges: Sequence[Exchange], count: int) -> list[Exchange]:
    return [replace(exchanges[n % len(exchanges)], number=n) for n in range(count)]


def measured(
    name: str, report: Report, exchanges: Sequence[Exchange], attempts: Sequence[Attempt], folder: Path
) -> tuple[int, float, int]:
    """Bytes of the file, seconds, and bytes of memory at most."""
    began = time.perf_counter()
    path = write(name, report, folder, exchanges, attempts)
    seconds = time.perf_counter() - began
    tracemalloc.start()
    write(name, report, folder, exchanges, attempts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return path.stat().st_size, seconds, peak


def main() -> int:
    linear = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-c", RUN, "run", "--profile", "gate", "--report-dir", name, "--", FAULT]
        subprocess.run(command, capture_output=True, check=False)
        report, (exchanges, attempts) = rebuilt(folder)
        print(f"{'format':8} {'checks':>7} {'MB':>8} {'s':>7} {'MB of memory':>13}")
        for kind in FORMATS:
            sizes = []
            for checks in (CHECKS, CHECKS * TIMES):
                many = renumbered(exchanges, checks * EXCHANGES)
                size, seconds, peak = measured(kind, repeated(report, checks), many, attempts, folder)
                print(f"{kind:8} {checks:>7} {size / 1e6:>8.2f} {seconds:>7.2f} {peak / 1e6:>13.1f}", flush=True)
                sizes.append((size, peak))
            linear = linear and all(large <= small * TIMES * ROOM for small, large in zip(*sizes, strict=True))
    return 0 if linear else 1


if __name__ == "__main__":
    sys.exit(main())
