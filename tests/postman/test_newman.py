"""newman runs the collection: green on the reference server, red on ten faults, for the reason that each is."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.faults import named
from conformance.postman import contents
from conformance.reference import Running, RunningClock, start

pytestmark = pytest.mark.newman
SPEED = 20
FAULTS = {
    "a-missing-key-is-a-bad-request": "status is 401",
    "an-unknown-size-is-the-default": "status is 400",
    "too-many-images-become-four": "status is 400",
    "an-unknown-id-shows-the-latest": "status is 400 or 403 or 404",
    "the-limit-is-told-as-1000": "header X-RateLimit-Limit",
    "the-reset-is-a-date": "header X-RateLimit-Reset",
    "json-is-sent-as-html": "the body is JSON",
    "the-id-has-another-name": "the body is as documented",
    "the-beginning-is-an-epoch": "the body is as documented",
    "keys-are-ignored": "it is the first generation",
}
"""By the name of a fault, the test that it fails."""


def run(newman: str, folder: Path, server: Running, **variables: str) -> tuple[int, dict[str, Any]]:
    """newman's exit status, and its report."""
    for name, content in contents().items():
        (folder / name).write_bytes(content)
    told = {"baseUrl": server.base_url, "apiKey": server.accounts["primary"].key, "pollSeconds": "0.5", **variables}
    ended = subprocess.run(
        [
            newman, "run", "collection.json", "-e", "environment.json", "--reporters", "json",
            "--reporter-json-export", "report.json", *(f"--env-var={name}={value}" for name, value in told.items()),
        ],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (folder / "report.json").exists(), ended.stdout + ended.stderr
    return ended.returncode, json.loads((folder / "report.json").read_text())["run"]


def test_the_reference_server_is_green(newman: str, tmp_path: Path) -> None:
    with start(clock=RunningClock(SPEED)) as server:
        status, report = run(newman, tmp_path, server)
    assert report["failures"] == []
    assert status == 0
    assert report["stats"]["assertions"]["total"] > 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_red(newman: str, tmp_path: Path, fault: str) -> None:
    with start(clock=RunningClock(SPEED), alter=named(fault).apply) as server:
        status, report = run(newman, tmp_path, server)
    assert status == 1
    assert any(failure["error"]["test"].startswith(FAULTS[fault]) for failure in report["failures"])
