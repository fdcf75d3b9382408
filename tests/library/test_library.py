"""The suite for programs: what it is given, what it returns, and what the documentation shows of it."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance import Report, Target, reference, run
from conformance.errors import ConfigurationError, SuiteError
from conformance.faults import named
from conformance.library.described import without_secrets
from tests.cli.conftest import ROOT

DOCUMENT = ROOT / "conformance" / "session" / "README.md"
KEY = "gimg_" + "0" * 32
TABLES = {"target": {"base_url": "https://h"}, "accounts": {"primary": {"key": KEY, "cookie": "session=1"}}}


def program(text: str, folder: Path) -> str:
    """What a program prints that runs in this folder."""
    paths = os.pathsep.join([str(folder), str(ROOT)])
    ended = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, env=os.environ | {"PYTHONPATH": paths}, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_package_alone_loads_nothing(tmp_path: Path) -> None:
    text = "import conformance, sys; print({n.partition('.')[0] for n in sys.modules} & {'pytest', 'pydantic'})"

    assert program(text, tmp_path).strip() == "set()"


def test_the_documented_program_works(tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(from conformance import Report.*?)```", DOCUMENT.read_text(), re.DOTALL)
    [shown] = re.findall(r"print\(report\.verdict.*  # (.*) …", example)

    with reference.start() as server:
        (tmp_path / "staging.toml").write_text(server.target_toml())
        said = program(example, tmp_path)

    assert said == f"{shown} requirements\n"


def test_a_deviation_is_reported_and_no_key_is_left_in_the_folder(tmp_path: Path) -> None:
    with reference.start(alter=named("a-bare-key-is-let-in").apply) as server:
        tables = tomllib.loads(server.target_toml())
        report = run(Target.from_mapping(tables), only=["AUTH-4"], report_dir=tmp_path, report="json")

    assert (report.exit_status, report.findings[0].requirements) == (1, ["AUTH-4"])
    text = (tmp_path / "target.toml").read_text()
    assert 'key = "env:GIMG_OTHER_KEY"' in text
    assert [a["key"] for a in tables["accounts"].values() if a["key"] in text] == []
    assert report.checks[0].curl == "" or "$GIMG" in report.checks[0].curl


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"target": {"base_url": "https://h"}}, "accounts: required, but missing"),
        (TABLES | {"clocks": {}}, "clocks: unknown key"),
        (TABLES | {"accounts": {"primary": {"key": KEY}, "other": {"key": KEY}}}, "the same key as"),
        (TABLES | {"accounts": {"primary": {"key": "env:NOT_SET_HERE"}}}, "'NOT_SET_HERE' is not set"),
    ],
)
def test_a_mapping_is_refused_with_its_place(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        Target.from_mapping(tables)


def test_a_file_and_a_url_are_refused_as_on_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        run(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError, match="so write https://h"):
        Target.from_url("https://h/api", KEY)
    with pytest.raises(ConfigurationError, match=r"absent: No such file"):
        Report.read(tmp_path / "absent")


def test_an_option_is_refused_by_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--only NOPE-1: nothing is called so"):
        run(only=["NOPE-1"], report_dir=tmp_path)


def test_a_secret_takes_no_variable_that_means_something_else() -> None:
    tables = TABLES | {"prompts": {"failed": "env:GIMG_KEY"}}

    named_, secrets = without_secrets(tables)

    assert secrets == {"GIMG_KEY_": KEY, "GIMG_COOKIE": "session=1"}
    assert named_["accounts"]["primary"] == {"key": "env:GIMG_KEY_", "cookie": "env:GIMG_COOKIE"}


def test_who_is_interrupted_ends_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The other process is told once, as by Ctrl-C, and is waited for."""
    ended = []

    class Interrupted(subprocess.Popen[str]):
        def communicate(self, *_: Any, timeout: float | None = None) -> tuple[str, str]:
            if timeout is None:
                raise KeyboardInterrupt
            super().communicate(timeout=timeout)
            ended.append(self.returncode)
            return "", ""

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(report_dir=tmp_path)
    assert ended == [-signal.SIGTERM]


def test_a_process_that_dies_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(SuiteError, match="the process of the run died: exit status 1"):
        run(report_dir=tmp_path)
