"""Benchmark: report.html of large runs, from 500 checks and 2,000 exchanges to 5,000 and 20,000.

`python -m tests.bench.bench_page [--opened]`: seconds and memory to write it, and its size; with --opened, also what
Chromium takes to open it, and to filter by text (needs the extra `browser`). Each size is measured in a process of its
own. A tenth of the checks fail, and each requirement has as many of them as the registry's have today.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conformance.evidence import Exchange, Request, Response
from conformance.report import Report, report_of, write
from conformance.requirements import load
from conformance.verdict import Mark, Outcome, RunFacts, Step, Verdict, judge

SIZES = (500, 1000, 2000, 5000)
EXCHANGES_EACH = 4
FAILED = 10
"""One in so many fails."""
STATES = ("queued", "running", "succeeded")


def exchanges(checks: int) -> list[Exchange]:
    """Generate calls and polls, by turns."""
    return [_exchange(number) for number in range(checks * EXCHANGES_EACH)]


def _exchange(number: int) -> Exchange:
    call, poll = divmod(number, EXCHANGES_EACH)
    id_ = f"{call:08x}-0000-4000-8000-000000000000"
    body = json.dumps({"generationId" if not poll else "id": id_, "status": STATES[min(poll, 2)], "costCredits": 1})
    path = f"/generations/{id_}" if poll else "/generate"
    remaining = str(documented_quota() - number % documented_quota())
    headers = (("Content-Type", "application/json"), ("X-RateLimit-Remaining", remaining))
    return Exchange(
        request=Request("GET" if poll else "POST", f"http://h/api/v1{path}", (("Authorization", "Bearer x"),), b"{}"),
        response=Response(200 if poll else 202, headers, body.encode()), started=number / 10, ended=number / 10 + 0.05,
        account=f"account-{number % 7}", operation="generation" if poll else "generate", number=number,
        started_at="2026-01-01T00:00:00.000Z", scenario=f"s{call}",
    )  # fmt: skip


def documented_quota() -> int:
    """Calls of a window."""
    from conformance.contract import documented  # noqa: PLC0415 - read once

    return documented().quota


def report(checks: int) -> Report:
    """Judged as a run's outcomes are."""
    rows = [row.id for row in load()]
    outcomes = [_outcome(number, rows[number % len(rows)]) for number in range(checks)]
    facts = RunFacts(
        "certify", "large", "https://h", 0, "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", 60.0, "1", "c", "r"
    )
    return report_of(judge(load(), outcomes, (), facts, strict=False))


def _outcome(number: int, requirement: str) -> Outcome:
    id_, first = f"suite/test_large.py::test_number[{number}]", number * EXCHANGES_EACH
    if number % FAILED:
        return Outcome(id_, (requirement,), Verdict.PASS, title="A check that passes.", exchanges=(first,))
    polls = [Step("poll", place, 200, "running", exchanges=(first + place,)) for place in range(1, EXCHANGES_EACH)]
    decisive = Step("a call", 0.0, 202, "queued", Mark.DECISIVE, exchanges=(first,), request_id=f"gimg-{first}")
    return Outcome(
        id_, (requirement,), Verdict.FAIL, "A check that fails.", f"status {number % 97}", "status 202, body {}",
        decided_by=first, story=(decisive, *polls), repeat=f"gimg-conformance run --only '{id_}'",
    )  # fmt: skip


def measure(checks: int, folder: Path) -> dict[str, float]:
    """What the page takes above the report and the evidence: CPU seconds, MB of memory; and its size in MB."""
    made, evidence = report(checks), exchanges(checks)
    before = resource.getrusage(resource.RUSAGE_SELF)
    page = write("html", made, folder, evidence)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "memory": (after.ru_maxrss - before.ru_maxrss) / 1024, "size": page.stat().st_size / 1e6,
    }  # fmt: skip


def opened(page: Path) -> dict[str, float]:
    """Seconds until it is loaded and laid out, and of a filter by text from the key to the next frame."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra

    frame = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab, began = browser.new_page(), time.perf_counter()
        tab.goto(page.as_uri())
        tab.evaluate(frame)
        loaded = time.perf_counter() - began
        filtering = tab.evaluate(
            "async () => { const field = document.querySelector('[name=q]'); const began = performance.now();"
            "field.value = 'number[7'; field.dispatchEvent(new Event('input', {bubbles: true}));"
            f"await {frame}; return (performance.now() - began) / 1000; }}"
        )
        browser.close()
    return {"opens": loaded, "filters": filtering}


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opened", action="store_true")
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.one:
            figures = measure(given.one, Path(folder))
            print(json.dumps(figures | (opened(Path(folder) / "report.html") if given.opened else {})))
            return
    for checks in SIZES:
        command = [sys.executable, "-m", "tests.bench.bench_page", f"--one={checks}", *(["--opened"] * given.opened)]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(
            f"{checks:5} checks, {checks * EXCHANGES_EACH:6} exchanges: "
            + ", ".join(f"{name} {told[name]:.2f} {unit}" for name, unit in UNITS.items() if name in told)
        )


UNITS = {"seconds": "s", "memory": "MB", "size": "MB", "opens": "s", "filters": "s"}


if __name__ == "__main__":
    main()
