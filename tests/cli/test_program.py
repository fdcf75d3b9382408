"""Commands that a terminal shows are named as the program was called; those in files are not."""

import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.text import Text

from conformance.cli import main
from conformance.program import PROGRAM, as_called, called
from conformance.report.layout import Labelled
from tests.cli.conftest import ROOT

Command = Callable[..., tuple[int, str, str]]
TYPED = f".venv/bin/{PROGRAM}"
MODULE = str(Path("conformance") / "cli" / "__main__.py")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> str:
    """How the program seems to be called."""
    monkeypatch.setattr("sys.argv", [TYPED])
    return TYPED


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (TYPED, TYPED),
        (f"/opt/my tools/{PROGRAM}", f"'/opt/my tools/{PROGRAM}'"),
        ("-c", PROGRAM),
        (f"/x/{MODULE}", ".venv/bin/python -m conformance.cli"),
        ("/x/pytest/__main__.py", PROGRAM),
    ],
)
def test_it_is_named_as_it_was_called(monkeypatch: pytest.MonkeyPatch, path: str, shown: str) -> None:
    monkeypatch.setattr("sys.argv", [path])
    monkeypatch.setattr("sys.orig_argv", [".venv/bin/python", "-m", "x"])

    assert called() == shown


def test_one_that_the_shell_finds_has_its_name_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / PROGRAM
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    monkeypatch.setattr("sys.argv", [str(program)])
    assert called() == PROGRAM
    monkeypatch.setattr("sys.argv", [str(tmp_path / "other" / PROGRAM)])
    assert called() == str(tmp_path / "other" / PROGRAM)


def test_commands_are_replaced_and_names_are_not(typed: str) -> None:
    assert as_called(f"a; `{PROGRAM} faults list` lists them") == f"a; `{typed} faults list` lists them"
    assert as_called(f"{PROGRAM} run --only A-1") == f"{typed} run --only A-1"
    assert as_called(f"this removes it: {PROGRAM} cleanup") == f"this removes it: {typed} cleanup"
    for name in (
        f"{PROGRAM} 0.1.0",
        f"pip install '{PROGRAM}[s3]'",
        f"https://h/{PROGRAM}",
        f".venv/bin/{PROGRAM} run",
    ):
        assert as_called(name) == name


def test_a_labelled_line_has_it_with_its_style(typed: str) -> None:
    console = Console(file=StringIO(), width=99, force_terminal=True, color_system="standard")
    words = Text.assemble("Look: ", (f"{PROGRAM} plan", "cyan"))
    with console.capture() as shown:
        console.print(Labelled(Text(), words))

    assert shown.get() == f"Look: \x1b[36m{typed} plan\x1b[0m\n"


@pytest.mark.parametrize("words", [["run", "absent.toml"], ["faults", "run", "nosuch"], ["requirements", "X-1"]])
def test_a_remedy_names_it(typed: str, words: list[str]) -> None:
    told = CliRunner().invoke(main, words).stderr

    assert f"`{typed} " in told
    assert f"`{PROGRAM}" not in told


def test_what_help_tells_names_it(typed: str) -> None:
    assert f"`{typed} help TOPIC` explains one, `{typed} -h` lists" in CliRunner().invoke(main, ["help"]).stdout


def test_a_report_names_it_in_a_terminal_alone(command: Command, tmp_path: Path) -> None:
    only = ("--only", "AUTH-4", "--report", "json,md,html,junit", "--", "--gimg-fault=a-bare-key-is-let-in")
    assert command("run", *only)[0] == 1
    before = {path: path.read_bytes() for path in (tmp_path / "reports").glob("*.*")}
    ended = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "report", "reports", "--to", "terminal,json,md,html,junit"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    us = f"{sys.executable} -m conformance.cli"
    assert f"\n  explain   {us} requirements AUTH-4\n" in ended.stdout, ended.stderr
    assert f"\n  repeat    {us} run --only " in ended.stdout
    assert f"again: {us} run --failed" in ended.stdout
    assert {path: path.read_bytes() for path in (tmp_path / "reports").glob("*.*")} == before
