"""What distance, and resets on the way, change: `python -m tests.bench.bench_network [PROFILE…] [--seeds 0,1]`.

Each run is one of a served reference with a test clock, behind a network of our own. A line has the exit status, the
verdict, the requirements by verdict, requests, seconds, the connections that were reset, and what was not decided.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.reference import SteppedClock
from tests.client.far_network import far_network

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from conformance.cli import main; main(prog_name='gimg-conformance')")
CONDITIONS = {
    "none": (0.0, 0.0),
    "200 ms": (0.2, 0.0),
    "1 % resets": (0.0, 0.01),
    "200 ms, 1 % resets": (0.2, 0.01),
}
LONGEST = 1500.0
"""Seconds of a run."""


def measured(profile: str, name: str, seed: int, folder: Path) -> str:
    """One line."""
    seconds, resets = CONDITIONS[name]
    with (
        reference.start(clock=SteppedClock()) as server,
        far_network(server.base_url.removeprefix("http://"), seconds=seconds, resets=resets, seed=seed) as network,
    ):
        text = server.target_toml().replace(server.base_url, f"http://127.0.0.1:{network.port}")
        (folder / "t.toml").write_text(text, encoding="utf-8")
        began = time.monotonic()
        status = _ended([*COMMAND, "run", "t.toml", "--profile", profile, "--report", "json"], folder)
        took = time.monotonic() - began
    told = f"{profile:8} {name:20} seed {seed} status {status:>4} {took:6.1f} s {len(network.broken):3} resets  "
    report = folder / "reports" / "report.json"
    return told + (_told(json.loads(report.read_text(encoding="utf-8"))) if report.exists() else "no report")


def _ended(command: list[str], folder: Path) -> str:
    try:
        run = subprocess.run(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=LONGEST, check=False,
            capture_output=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "late"
    return str(run.returncode)


def _told(report: dict[str, Any]) -> str:
    counted = Counter(row["verdict"] for row in report["requirements"])
    undecided = [row["id"] for row in report["requirements"] if row["verdict"] in {"inconclusive", "error", "fail"}]
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counted.most_common())
    return f"{report['verdict']:13} {report['cost']['requests']:4} requests  {verdicts}  {' '.join(undecided)}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("profiles", nargs="*", default=["smoke", "gate", "certify"])
    parser.add_argument("--conditions", default=",".join(map(str, range(len(CONDITIONS)))), help="by number")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--folder", help="keep the reports there")
    given = parser.parse_args()
    names = [list(CONDITIONS)[int(number)] for number in given.conditions.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        for profile in given.profiles:
            for name, seed in ((name, seed) for name in names for seed in given.seeds.split(",")):
                folder = Path(given.folder or temporary) / f"{profile}-{name.replace(' ', '')}-{seed}"
                folder.mkdir(parents=True, exist_ok=True)
                print(measured(profile, name, int(seed), folder), flush=True)


if __name__ == "__main__":
    main()
