"""Benchmark: gate runs in a row on the accounts of one server, until the quota has no room for another.

Prints each run's verdict, requests, credits and seconds. Exit status 1 when one differs from the first, when the last
sends more than first contact, or when a credit of the account `metered` was spent.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conformance import reference

COMMAND = (sys.executable, "-m", "conformance.cli", "run")
CONTACT = 3
"""Requests of first contact."""


def gate(target: Path, folder: Path) -> tuple[int, dict[str, Any]]:
    """One run: its exit status and its report."""
    command = [*COMMAND, str(target), "--profile", "gate", "--report-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def told(number: int, status: int, report: dict[str, Any], seconds: float) -> str:
    cost = report["cost"]
    sentence = report["because"][0] if report["because"] else report["summary"]
    primary = cost["by_account"]["primary"]["requests"]
    return f"{number:>3} {status:>4} {primary:>7} {cost['credits']:>7g} {seconds:>6.1f}  {sentence}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clock", default="real", help="of the server: real, stepped, or a scale")
    parser.add_argument("--most", type=int, default=10, help="runs, at most")
    options = parser.parse_args()
    statuses, right = list[int](), True
    print("run exit primary credits      s  why")
    with tempfile.TemporaryDirectory() as name, reference.start(clock=reference.clock_named(options.clock)) as server:
        folder = Path(name)
        target = folder / "target.toml"
        target.write_text(server.target_toml(), encoding="utf-8")
        for number in range(1, options.most + 1):
            began = time.monotonic()
            status, report = gate(target, folder / f"run {number}")
            print(told(number, status, report, time.monotonic() - began), flush=True)
            statuses.append(status)
            by_account = report["cost"]["by_account"]
            right = right and "metered" not in by_account and "burner" not in by_account
            if status != 0:
                right = right and status == 3 and by_account["primary"]["requests"] == CONTACT
                break
    return 0 if right and statuses[0] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
