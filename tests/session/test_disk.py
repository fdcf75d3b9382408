"""A disk that is full, in mid-run or at the end: told once, blamed on nobody, and all that can be written is."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.errors import Inconclusive
from conformance.plan.settings import Settings
from conformance.session.disk import NO_RECORD, Keeper, disk_failure
from conformance.session.outcomes import PROBLEM
from conformance.session.scenarios import Scenarios
from conformance.session.worker import Worker
from conformance.verdict import PROPERTY
from tests.session.conftest import ROOT, Begin
from tests.session.test_outcomes import item

FULL = OSError(errno.ENOSPC, "No space left on device")
SENTENCE = "the evidence could not be recorded: No space left on device"


@pytest.fixture
def worker() -> Worker:
    """One that has only its books."""
    found = object.__new__(Worker)
    found.no_record = None
    found.config = cast("pytest.Config", SimpleNamespace(stash={}))
    found.scenarios = cast("Scenarios", SimpleNamespace(behind=lambda _: ()))
    found.settings = cast("Settings", SimpleNamespace(process="main"))
    return found


def meets(worker: Worker, error: BaseException) -> dict[str, Any]:
    """What rides on the report of a test that met an error."""
    call = cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=SimpleNamespace(value=error), when="call", duration=0))
    report = cast("pytest.TestReport", SimpleNamespace(user_properties=[], outcome="passed", longrepr=None))
    steps = worker.pytest_runtest_makereport(item(), call)
    next(steps)
    with pytest.raises(StopIteration):
        steps.send(report)
    return cast("dict[str, Any]", dict(report.user_properties))


def test_a_full_disk_is_a_problem_of_the_run(worker: Worker) -> None:
    told = meets(worker, FULL)

    assert told[PROPERTY]["outcome"]["verdict"] == "inconclusive"
    assert told[PROPERTY]["outcome"]["root"] == SENTENCE
    assert told[PROBLEM] == f"{SENTENCE}. Free some space in the report folder, or name another one"


def test_nothing_more_is_sent_that_could_not_be_recorded(worker: Worker) -> None:
    worker.pytest_runtest_setup(item())
    meets(worker, FULL)

    with pytest.raises(Inconclusive) as caught:
        worker.pytest_runtest_setup(item())
    assert (caught.value.message, caught.value.code) == (SENTENCE, NO_RECORD)
    assert meets(worker, caught.value)[PROBLEM] == str(caught.value)


@pytest.mark.parametrize("error", [None, ValueError("x"), ConnectionResetError(errno.ECONNRESET, "reset")])
def test_other_errors_are_not_the_disks(error: BaseException | None) -> None:
    assert disk_failure(error) is None


def test_a_file_that_cannot_be_written_keeps_no_other_from_it(tmp_path: Path) -> None:
    def fails(error: Exception) -> Callable[[], None]:
        def write() -> None:
            raise error

        return write

    keeper = Keeper()
    kept = [keeper.keep(tmp_path / name, write) for name, write in
            [("a", fails(FULL)), ("b", lambda: None), ("c", fails(ValueError("not text")))]]  # fmt: skip

    assert kept == [False, True, False]
    assert list(keeper.failures.values()) == [
        f"{tmp_path / 'a'} could not be written: No space left on device",
        f"{tmp_path / 'c'} could not be written: not text",
    ]


@pytest.mark.parametrize("names", [("report.json",), ("junit.xml",), ("report.html",)])
def test_what_can_be_written_is(begin: Begin, tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).mkdir()
    run = begin("--gimg-profile=certify", f"--gimg-report-dir={tmp_path}", sections=("plans", "webhook_registration"))
    said, _ = run.process.communicate(timeout=120)
    sentences = [f"{tmp_path / name} could not be written: Is a directory" for name in names]
    files = {path.name for path in tmp_path.iterdir() if path.is_file()}

    assert run.process.returncode == pytest.ExitCode.TESTS_FAILED
    assert "UNDECIDED  " in said
    assert [sentence for sentence in sentences if sentence not in said] == []
    assert "Traceback" not in said
    assert files == {".lock", "report.json", "junit.xml", "report.html"} - {*names}
    assert (tmp_path / "evidence" / "attempts.jsonl.gz").is_file()
    if "report.json" in files:
        because = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["because"]
        assert sorted(because[: len(names)]) == sorted(sentences)


def test_a_journal_that_cannot_grow_ends_the_run_in_order(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    command = "from conformance.cli import main; main(prog_name='gimg-conformance')"
    ended = subprocess.run(
        # No file grows beyond 8 KiB: as a full disk, but without one.
        ["/bin/sh", "-c", f'ulimit -f 16; python3 -c "{command}" run --profile smoke'],
        cwd=tmp_path,
        env=inherited | {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "PATH": f"{Path(sys.executable).parent}:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (3, "33 tests, no waits")
    assert ended.stdout.count("the evidence could not be recorded: File too large") == 1
    assert "report.json could not be written: File too large" in ended.stdout
    assert "Deviations" not in ended.stdout
    assert "fault" not in ended.stdout.lower()
