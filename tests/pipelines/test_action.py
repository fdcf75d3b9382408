"""The action of GitHub: its steps, run as a runner would, on servers of our own. The suite counts as installed."""

import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import reference
from conformance.faults import named
from conformance.reference import Running, RunningClock, SteppedClock
from conformance.report import Report
from tests.cli.test_readme import installed
from tests.pipelines.composite import Composite, Done, Job

ROOT = Path(__file__).parents[2]
ACTION = Composite(ROOT / ".github" / "actions" / "conformance")
FAULT = "a-missing-key-is-a-bad-request"
RUN, COMPARE, UPLOAD = "Test the target", "Compare with the previous report", "Upload the report"
Act = Callable[..., Done]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return _job(tmp_path)


def _job(folder: Path) -> Job:
    """Its earlier steps installed the suite."""
    installed(folder)
    (folder / "temp").mkdir()
    (folder / ".venv").rename(folder / "temp" / "gimg-conformance")
    (folder / "temp" / "gimg-conformance" / "installed-from").write_text(str(ROOT))
    (folder / "workspace").mkdir()
    return Job(folder / "workspace", folder / "temp", {"PYTHONPATH": str(ROOT)})


@pytest.fixture
def act(job: Job) -> Act:
    return _act(job)


def _act(job: Job) -> Act:
    def act(env: dict[str, str] | None = None, **inputs: str) -> Done:
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return ACTION.perform(replace(job, env={**job.env, **(env or {})}), given)

    return act


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Done, Done]]:
    """The workspace of a job that tests the reference, and then a server with a fault against that report."""
    folder = tmp_path_factory.mktemp("job")
    act = _act(_job(folder))
    with reference.start(clock=SteppedClock()) as good, _faulty() as bad:
        for name, server in {"good": good, "bad": bad}.items():
            (folder / "workspace" / f"{name}.toml").write_text(server.target_toml(), encoding="utf-8")
        first = act(target="good.toml", report_dir="reports/good", profile="smoke")
        options = "--report=json,junit\n\n--seed=3\n"
        second = act(target="bad.toml", profile="smoke", previous="reports/good", arguments=options, artifact="bad")
        yield folder / "workspace", first, second


def _faulty() -> AbstractContextManager[Running]:
    return reference.start(clock=SteppedClock(), alter=named(FAULT).apply)


def test_a_conformant_target_passes(runs: tuple[Path, Done, Done]) -> None:
    workspace, done, _ = runs

    assert not done.failed, done.steps[RUN].log
    folder = str(workspace / "reports" / "good")
    assert done.outputs == {"verdict": "conformant", "status": "0", "report-dir": folder, "regression": ""}
    assert done.steps[RUN].summary.startswith("# ✓ CONFORMANT")
    assert "::error" not in done.steps[RUN].log
    assert done.steps[UPLOAD].given["path"].split() == [folder, f"!{folder}/cache"]
    assert {"report.json", "report.html", "junit.xml"} <= {path.name for path in Path(folder).iterdir()}


def test_a_fault_fails_the_step_and_is_told(runs: tuple[Path, Done, Done]) -> None:
    workspace, _, done = runs
    step = done.steps[RUN]

    assert step.status == 1
    assert (done.outputs["verdict"], done.outputs["status"]) == ("nonconformant", "1")
    assert re.search(r"^::error title=AUTH-1%3A ", step.log, re.MULTILINE)
    assert step.summary.startswith("# ✗ NONCONFORMANT")
    report = Report.model_validate_json((workspace / "conformance-report" / "report.json").read_bytes())
    assert {row.id for row in report.requirements if row.verdict == "fail"} == {"AUTH-1"}
    assert report.suite.seed == 3


def test_a_report_is_uploaded_of_a_run_that_failed_too(runs: tuple[Path, Done, Done]) -> None:
    assert runs[2].steps[UPLOAD].given["name"] == "bad"


def test_what_changed_is_told_and_decides_nothing(runs: tuple[Path, Done, Done]) -> None:
    step = runs[2].steps[COMPARE]

    assert step.status == 0
    assert "AUTH-1" in step.summary
    assert runs[2].outputs["regression"] == "true"


@pytest.mark.slow
def test_a_url_and_a_key_are_enough(act: Act, tmp_path: Path) -> None:
    with reference.start(clock=RunningClock()) as server:
        key = server.accounts["primary"].key
        done = act(base_url=server.base_url, api_key=key, arguments="--only=AUTH-4", previous="none/yet", artifact="")

    assert (done.outputs["verdict"], done.outputs["status"]) == ("partial", "0"), done.steps[RUN].log
    assert "::notice title=gimg-conformance: nothing to compare with::" in done.steps[COMPARE].log
    assert UPLOAD not in done.steps
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in written if key.encode() in path.read_bytes()] == []
    assert key not in done.steps[RUN].log


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "Neither 'target' nor 'base-url' is given"),
        ({"base-url": "http://127.0.0.1:1"}, "'base-url' needs 'api-key'"),
    ],
    ids=["no target", "no key"],
)
def test_what_is_not_set_is_no_green_run(act: Act, inputs: dict[str, str], said: str) -> None:
    done = act(**inputs)

    assert (done.steps[RUN].status, done.outputs["verdict"], done.outputs["status"]) == (2, "none", "2")
    assert f"::error title=gimg-conformance: nothing was tested::{said}" in done.steps[RUN].log


def test_a_report_of_an_earlier_run_is_not_taken_for_this_one(act: Act, tmp_path: Path) -> None:
    earlier = tmp_path / "workspace" / "conformance-report"
    earlier.mkdir()
    (earlier / "report.json").write_text('{"verdict": "conformant"}')
    done = act(target="nowhere.toml", previous="conformance-report")

    assert (done.outputs["verdict"], done.outputs["status"]) == ("none", "2")
    assert "::error title=gimg-conformance: there is no report::The run ended with status 2." in done.steps[RUN].log
    assert COMPARE not in done.steps


@pytest.mark.slow
def test_a_previous_report_that_is_none_is_told_and_decides_nothing(act: Act, job: Job) -> None:
    """And a key may be named by its variable."""
    (job.workspace / "old.json").write_text("{}")
    with reference.start(clock=RunningClock()) as server:
        env = {"STAGING_KEY": server.accounts["primary"].key}
        given = {"base-url": server.base_url, "api-key": "env:STAGING_KEY"}
        done = act(env, **given, arguments="--only=AUTH-4", previous="old.json")

    assert not done.failed, done.steps[RUN].log
    assert done.outputs["regression"] == ""
    assert "::warning title=gimg-conformance: not compared::" in done.steps[COMPARE].log


@pytest.mark.slow
def test_a_job_that_is_cancelled_has_its_report(job: Job) -> None:
    """The runner signals the first process of the step, and no other."""
    (step,) = (step for step in ACTION.read["runs"]["steps"] if step["name"] == RUN)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = {"base-url": f"http://127.0.0.1:{silent.getsockname()[1]}", "api-key": "gimg_x"}
        begun = ACTION.begin(step, job, ACTION.context(given))
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            begun.process.send_signal(signal.SIGINT)
            done = begun.end()

    assert (done.status, done.outputs["status"], done.outputs["verdict"]) == (130, "130", "undecided"), done.log
    assert Report.model_validate_json((job.workspace / "conformance-report" / "report.json").read_bytes()).interrupted


@pytest.mark.parametrize("name", ["target", "base-url", "profile", "known-failures", "previous", "report-dir"])
def test_nothing_in_an_input_is_a_command(act: Act, tmp_path: Path, name: str) -> None:
    sent = "$(touch pwned)`touch pwned`';touch pwned;\"\n::set-env name=A::b"
    done = act(**({"target": "a", "api-key": "b"} | {name: sent, "arguments": sent}))

    assert done.steps[RUN].status == 2
    assert not list(tmp_path.rglob("pwned"))
    assert set(done.steps[RUN].outputs) == {"report-dir", "verdict", "status"}


def test_no_expression_stands_in_a_script() -> None:
    assert [step["name"] for step in ACTION.read["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_an_old_python_is_refused_with_a_remedy(act: Act, tmp_path: Path) -> None:
    (tmp_path / "temp" / "gimg-conformance" / "installed-from").unlink()
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = act(target="a.toml", python=str(old))

    assert list(done.steps) == ["Install the suite"]
    assert "Use actions/setup-python before this action" in done.steps["Install the suite"].log
    assert done.failed


def test_a_requirement_of_pip_is_installed_once(act: Act, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\necho "$@" >> "$0.log"\n'
        'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    python.chmod(0o755)
    (tmp_path / "temp" / "gimg-conformance" / "bin" / "gimg-conformance").unlink()
    for _ in range(2):
        act(target="a.toml", python=str(python), install_from="gimg-conformance==1.2")

    into = tmp_path / "temp" / "gimg-conformance"
    assert (into / "bin" / "python.log").read_text().count("pip install") == 1
    assert "-- gimg-conformance==1.2\n" in (into / "bin" / "python.log").read_text()
