"""The suite called by plain pytest: it says its verdict, and whoever's settings they are, they do not change it."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import reference
from conformance.cli.rebuilding import judged_again
from conformance.plan.settings import SETTINGS, Settings
from conformance.reference import SteppedClock
from conformance.report import Report
from conformance.session.ending import status_of
from conformance.target import parse
from conformance.verdict import RunVerdict
from conformance.world.assembly import build
from tests.session.conftest import ROOT, Begin

OK, FAILED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED
INTERRUPTED, NOTHING = pytest.ExitCode.INTERRUPTED, pytest.ExitCode.NO_TESTS_COLLECTED
WARNS = """
import threading, warnings, pytest

def warn():
    warnings.warn("an old habit", DeprecationWarning)

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    warn()

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems():
    warn()
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("target") / "target.toml"
    with reference.start(clock=SteppedClock()) as server:
        path.write_text(server.target_toml(), encoding="utf-8")
        yield path


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_ends_with_its_verdict_and_its_files(begin: Begin, target: Path, workers: tuple[str, ...]) -> None:
    run = begin(f"--gimg-target={target}", "--gimg-profile=smoke", *workers, sections=("authentication",))
    status, said, report = run.ended()

    assert (status, report["verdict"]) == (OK, "conformant")
    assert said.count(f"CONFORMANT  {report['summary']}") == 1
    files = ", ".join(f"{run.folder}/{name}" for name in ("report.json", "junit.xml", "report.html", "evidence"))
    assert f"Files: {files}" in said
    tests = [check["id"] for check in report["checks"] if not check["id"].startswith("passive::")]
    assert {test.partition("::")[0] for test in tests} == {"suite/test_authentication.py"}
    again, _ = judged_again(run.folder)
    assert [check.id for check in again.checks] == [check["id"] for check in report["checks"]]
    assert (again.verdict, again.summary) == (report["verdict"], report["summary"])


def test_a_target_that_does_not_answer_is_no_success(begin: Begin) -> None:
    status, said, report = begin(
        "--gimg-base-url=http://127.0.0.1:1", "--gimg-api-key=gimg_x", "-m", "not requirement",
        sections=("authentication",),
    ).ended()  # fmt: skip

    assert (status, report["verdict"]) == (NOTHING, "undecided")
    assert "no check passed\n" in said
    assert "UNDECIDED  none of" in said


def test_a_key_without_gimg_is_warned_of_and_judged(begin: Begin) -> None:
    with reference.start() as server:
        status, said, report = begin(
            f"--gimg-base-url={server.base_url}", "--gimg-api-key=sk-1", "--gimg-profile=smoke",
            sections=("authentication",),
        ).ended()  # fmt: skip

    assert status == FAILED
    assert "warning: the key of account 'primary' does not begin with gimg_" in said
    assert len(report["warnings"]) == 1


def test_a_key_with_bearer_is_wrong_usage(begin: Begin) -> None:
    run = begin("--gimg-base-url=http://127.0.0.1:1", "--gimg-api-key=env:SOME_KEY", SOME_KEY="bearer gimg_x")
    said, _ = run.process.communicate(timeout=60)

    assert run.process.returncode == pytest.ExitCode.USAGE_ERROR
    assert [line for line in said.splitlines() if line.strip()] == [
        "ERROR: --gimg-api-key: begins with Bearer. Write the key alone; the suite adds Bearer"
    ]
    assert "gimg_x" not in said


def test_an_unknown_format_is_wrong_usage(begin: Begin) -> None:
    run = begin("--gimg-report=junit,pdf", "--gimg-base-url=http://127.0.0.1:1", "--gimg-api-key=gimg_x")
    said, _ = run.process.communicate(timeout=60)

    assert run.process.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: unknown format 'pdf' in --gimg-report. Choose from json, junit" in said


def test_the_files_are_those_that_were_asked_for(begin: Begin, target: Path) -> None:
    run = begin(f"--gimg-target={target}", "--gimg-profile=smoke", "--gimg-report=md", sections=("authentication",))
    _, said, report = run.ended()

    assert f"Files: {run.folder}/report.json, {run.folder}/report.md, {run.folder}/evidence" in said
    assert report["summary"] in (run.folder / "report.md").read_text(encoding="utf-8")


def test_nothing_is_judged_where_tests_are_only_listed(begin: Begin) -> None:
    status, said, _ = begin("--collect-only", sections=("authentication",)).ended()

    assert status == OK
    assert "UNDECIDED" not in said


def test_warnings_that_are_errors_elsewhere_change_no_verdict(begin: Begin, target: Path, tmp_path: Path) -> None:
    (tmp_path / "habits.py").write_text(WARNS)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    status, said, report = begin(
        f"--gimg-target={target}", "-W", "error", "-p", "habits", sections=("authentication",), PYTHONPATH=path
    ).ended()

    assert (status, report["verdict"]) == (OK, "conformant")
    assert "an old habit" in said
    assert "Traceback" not in said


def test_a_world_leaves_no_connection_open(tmp_path: Path) -> None:
    with reference.start(clock=SteppedClock()) as server:
        settings = Settings(
            parse(server.target_toml(), "t"), embedded=False, profile="gate", journal_directory=tmp_path
        )
        config = cast("pytest.Config", SimpleNamespace(stash={SETTINGS: settings}))
        with build(config) as world:
            control = cast("Any", world.clock).call
            assert control("GET", None)["busy"] == 0

        assert control._client.is_closed


@pytest.mark.parametrize(
    ("verdict", "status", "by_user", "its"),
    [
        (RunVerdict.CONFORMANT, OK, False, OK),
        (RunVerdict.CONFORMANT, FAILED, False, FAILED),
        (RunVerdict.PARTIAL, OK, False, OK),
        (RunVerdict.UNDECIDED, OK, False, FAILED),
        (RunVerdict.NONCONFORMANT, OK, False, FAILED),
        (RunVerdict.UNDECIDED, NOTHING, False, NOTHING),
        (RunVerdict.NONCONFORMANT, NOTHING, False, FAILED),
        (RunVerdict.NONCONFORMANT, INTERRUPTED, False, FAILED),
        (RunVerdict.UNDECIDED, INTERRUPTED, False, INTERRUPTED),
        (RunVerdict.NONCONFORMANT, INTERRUPTED, True, INTERRUPTED),
    ],
)
def test_the_status_is_pytests_and_never_a_success_without_a_verdict(
    *, verdict: RunVerdict, status: int, by_user: bool, its: int
) -> None:
    report = cast("Report", SimpleNamespace(verdict=verdict, known_failures=[]))

    assert status_of(report, status, interrupted=by_user, resumed=False) == its
