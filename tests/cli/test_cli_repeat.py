"""The lines that a report offers are executed: each draws from the target what the check had seen."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.client.journal import EXCHANGES, files_of, read
from conformance.faults import named
from conformance.reference import Running

Command = Callable[..., tuple[int, str, str]]
STATUS = re.compile(r"^HTTP/[\d.]+ (\d+)", re.MULTILINE)
HELD = {"STAGING_KEY": "primary", "GIMG_OTHER_KEY": "other"}
"""Which account's key a variable holds."""


def target_file(server: Running, path: Path) -> dict[str, str]:
    """Write the server's target file with one key in a variable, and return what the shell must hold."""
    text, accounts = server.target_toml(), server.accounts
    keys = {variable: accounts[name].key for variable, name in HELD.items()}
    path.write_text(text.replace(f'"{keys["STAGING_KEY"]}"', '"env:STAGING_KEY"'), encoding="utf-8")
    return keys


def failed(
    command: Command, server: Running, folder: Path, section: str
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The failed checks of a run of one section against a server, and the environment of a shell."""
    keys = target_file(server, folder / "my target.toml")
    status, _, said = command(
        "run",
        "my target.toml",
        "--profile",
        "certify",
        "--report-dir",
        "r",
        "--",
        f"--gimg-section={section}",
        STAGING_KEY=keys["STAGING_KEY"],
    )
    assert status == 1, said
    report = json.loads((folder / "r" / "report.json").read_text(encoding="utf-8"))
    return [check for check in report["checks"] if check["verdict"] == "fail"], keys


def said_to(line: str, keys: dict[str, str], folder: Path) -> str:
    environment = {"PATH": "/usr/bin:/bin", **keys}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=environment, cwd=folder, capture_output=True, check=True, timeout=30
    )
    return done.stdout.decode(errors="replace")


@pytest.mark.parametrize(
    ("fault", "section", "variable"),
    [
        ("too-many-images-become-four", "validation", "$STAGING_KEY"),
        ("polling-needs-no-key", "authentication", ""),
        ("everybody-sees-everything", "isolation", "$STAGING_KEY"),
    ],
)
def test_a_line_of_curl_draws_the_same_status(
    command: Command, tmp_path: Path, fault: str, section: str, variable: str
) -> None:
    with reference.start(alter=named(fault).apply) as server:
        checks, keys = failed(command, server, tmp_path, section)
        lines = [check for check in checks if check["curl"]]
        evidence = read(files_of(tmp_path / "r" / "evidence", EXCHANGES))
        seen = {exchange.number: exchange.status for exchange in evidence}

        assert lines
        for check in lines:
            found = STATUS.findall(said_to(check["curl"], keys, tmp_path))
            assert [int(status) for status in found] == [seen[check["decided_by"]]], check["curl"]
        assert any(variable in check["curl"] for check in lines)
        everything = (tmp_path / "r" / "report.json").read_text() + (tmp_path / "r" / "junit.xml").read_text()
        assert not [key for key in keys.values() if key in everything]


def test_what_takes_several_calls_is_run_again_as_a_check(command: Command, tmp_path: Path) -> None:
    with reference.start(alter=named("simultaneous-repeats-are-all-served").apply) as server:
        checks, _ = failed(command, server, tmp_path, "idempotency")

    name = "suite/test_idempotency.py::test_simultaneous_calls_make_one_generation"
    (race,) = (check for check in checks if check["id"] == name)
    assert race["curl"] == ""
    assert race["repeat"] == f"gimg-conformance run 'my target.toml' --profile certify --only {name}"
    assert re.match("5 simultaneous calls with one key made 5 generations: ", race["received"])
    assert [step["mark"] for step in race["story"]].count("decisive") == 1
    assert [step["mark"] for step in race["story"]].count("compared") == 4
