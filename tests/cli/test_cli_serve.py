"""A server says what its clock does and how it is tested, in commands that can be copied."""

import shlex

import pytest
from click.testing import CliRunner

from conformance import reference
from conformance.cli import main
from conformance.cli.serving import _announce
from conformance.reference import clock_named
from conformance.target import TargetFile, minimal, parse


def told(capsys: pytest.CaptureFixture[str], clock: str) -> tuple[str, list[list[str]], TargetFile]:
    """What is said of the clock, the commands, and the running server's target file."""
    with reference.start(clock=clock_named(clock)) as server:
        _announce(server, clock)
        target = parse(server.target_toml(), "its own")
    address, habit, _, *commands = capsys.readouterr().out.splitlines()
    assert address.startswith(target.target.base_url)
    return habit, [shlex.split(command, comments=True) for command in commands], target


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("real", "Its clock is real:"),
        ("1", "Its clock is real:"),
        ("stepped", "Its clock stands still until requests move it:"),
        ("20", "Its clock runs 20 times faster than real time:"),
        ("0.5", "Its clock runs 0.5 times faster than real time:"),
    ],
)
def test_the_commands_fit_the_clock(capsys: pytest.CaptureFixture[str], clock: str, words: str) -> None:
    habit, (serve, run, *by_url), target = told(capsys, clock)
    printed = CliRunner().invoke(main, serve[1:-2])

    assert habit.startswith(words)
    assert serve[-2:] == [">", "reference.toml"]
    assert parse(printed.stdout, "printed") == target
    assert run == ["gimg-conformance", "run", "reference.toml"]
    assert ("`--base-url` alone does not work" in habit) is (not by_url) is (not words.endswith("real:"))
    for command in by_url:
        assert minimal(command[3], command[5]).accounts.primary == target.accounts.primary.model_copy(
            update={"cookie": ""}
        )
