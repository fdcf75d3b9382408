"""What a run does beside the usual in a job of GitHub Actions."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from conformance.cli.on_github import annotate, quoted, summarised
from conformance.report import Report
from conformance.report.markdown import MOST_BYTES

JOB = {"GITHUB_ACTIONS": "true"}
FAULT = "a-missing-key-is-a-bad-request"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report() -> Report:
    plain = {
        "verdict": "undecided", "summary": "none of 2 requirements tested", "because": ["no check passed"],
        "exit_status": 3, "strict": False, "interrupted": False, "profile": "gate",
        "target": {"name": "t", "base_url": "u"},
        "suite": {"version": "1", "contract_sha256": "", "requirements_sha256": "", "seed": 0},
        "started_at": "", "finished_at": "", "wall_seconds": 1.0, "tested": 0, "total": 2, "problems": [], "areas": [],
        "cost": {"requests": 0, "credits": 0, "by_account": {}}, "requirements": [], "checks": [],
    }  # fmt: skip
    return Report.model_validate(plain)


def test_the_summary_keeps_what_other_commands_wrote(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "summary"
    environment = JOB | {"GITHUB_STEP_SUMMARY": str(path)}
    path.write_text("| a table |")

    assert summarised(report, environment) == [path]
    assert path.read_text().startswith("| a table |\n\n# ? UNDECIDED: none of 2 requirements tested\n")
    path.unlink()
    assert summarised(report, environment) == [path]
    assert path.read_text().startswith("# ? UNDECIDED")


def test_all_commands_of_a_step_stay_within_what_github_takes(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "summary"
    environment = JOB | {"GITHUB_STEP_SUMMARY": str(path)}
    path.write_bytes(b"x" * (MOST_BYTES - 200))

    assert summarised(report, environment) == [path]
    assert summarised(report, environment) == []
    assert path.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize(
    "environment", [{}, {"GITHUB_STEP_SUMMARY": "summary"}, JOB, JOB | {"GITHUB_STEP_SUMMARY": ""}], ids=str
)
def test_elsewhere_no_summary_is_written(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert summarised(report, environment) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("environment", "lines"), [(JOB, 3), ({}, 1)], ids=["there", "elsewhere"])
def test_what_is_printed_is_no_command(environment: dict[str, str], lines: int) -> None:
    console = Console(file=io.StringIO(), width=20)
    with quoted(console, environment, "t0k3n"):
        console.print("::error::from the target", markup=False, soft_wrap=True)

    printed = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(printed) == lines
    assert lines == 1 or (printed[0], printed[-1]) == ("::stop-commands::t0k3n", "::t0k3n::")


def test_commands_are_taken_again_whatever_happens() -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(ZeroDivisionError), quoted(console, JOB, "t0k3n"):
        raise ZeroDivisionError
    assert console.file.getvalue().endswith("::t0k3n::\n")  # type: ignore[attr-defined]


def test_annotations_are_printed_there_alone(report: Report) -> None:
    console = Console(file=io.StringIO(), width=20)
    annotate(report, console, {})
    annotate(report, console, JOB)
    assert console.file.getvalue() == "::error title=gimg-conformance%3A undecided::no check passed\n"  # type: ignore[attr-defined]


def test_a_run_in_a_job_has_a_summary_and_annotations(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    chosen = ("--only", "AUTH-1", "--report", "md", "--", f"--gimg-fault={FAULT}")
    status, out, err = command("run", *chosen, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(path), COLUMNS="200")
    lines = out.splitlines()
    token = lines[0].removeprefix("::stop-commands::")

    assert (status, err) == (1, "")
    assert len(token) > 30
    end = lines.index(f"::{token}::")
    assert f"Files: reports/report.json, reports/report.md, reports/evidence, {path}" in "\n".join(lines[:end])
    (annotation,) = lines[end + 1 :]
    assert annotation.startswith(
        "::error title=AUTH-1%3A A request without an Authorization header is answered 401.::"
        "A request without a valid Authorization header is answered 400, not 401, on all three operations"
    )
    written = (tmp_path / "reports" / "report.md").read_text()
    assert path.read_text() == f"before\n\n\n{written}"


def test_a_summary_that_cannot_be_written_changes_nothing_else(command: Command, tmp_path: Path) -> None:
    status, out, err = command("run", "--only", "AUTH-4", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(tmp_path))

    assert (status, err) == (0, f"warning: {tmp_path}: Is a directory\n")
    assert "PARTIAL  no deviation found" in out
