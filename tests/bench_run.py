"""Benchmark: process start to verdict, requests by account and area, and the cost over a bare loop of requests.

`python tests/bench_run.py [PROFILE…]`. Everything runs on this machine against the embedded server.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from conformance import reference
from conformance.client.journal import read
from conformance.evidence import Exchange


def main(profiles: list[str]) -> None:
    for profile in profiles or ["smoke", "gate", "certify"]:
        with tempfile.TemporaryDirectory() as folder:
            print(f"== {profile}")
            measure(profile, Path(folder))


def measure(profile: str, folder: Path) -> None:
    command = [sys.executable, "-m", "conformance.cli", "run", "--profile", profile, "--report-dir", str(folder)]
    began = time.perf_counter()
    status = subprocess.run(command, capture_output=True, check=False).returncode
    wall = time.perf_counter() - began
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    print(f"process start to verdict {wall:.2f} s, exit {status}: {report['verdict']}, {report['summary']}")
    for name, cost in report["cost"]["by_account"].items():
        print(f"  {name:8} {cost['requests']:5} requests {cost['credits']:6g} credits")
    for area, (requests, seconds) in sorted(by_file(report).items()):
        print(f"  {area:28} {requests:5} requests {seconds:6.2f} s")
    evidence = read(sorted((folder / "journal").glob("*.jsonl")))
    bare = replay(evidence)
    print(f"bare loop of the same {len(evidence)} requests {bare:.2f} s; ratio {wall / bare:.1f}")


def by_file(report: dict[str, Any]) -> dict[str, tuple[int, float]]:
    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for check in report["checks"]:
        area = Path(check["id"].partition("::")[0]).stem
        requests, seconds = found[area]
        found[area] = requests + check["requests"], seconds + check["seconds"]
    return found


def replay(evidence: list[Exchange]) -> float:
    """The same methods, paths and bodies, one after the other, under one valid key of a fresh server."""
    with reference.start() as server, httpx.Client(base_url=server.base_url) as client:
        key = server.accounts["primary"].key
        requests = [
            client.build_request(
                e.request.method,
                "/" + e.request.url.split("/", 3)[-1],
                content=e.request.body,
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            for e in evidence
        ]
        began = time.perf_counter()
        for request in requests:
            client.send(request)
        return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1:])
