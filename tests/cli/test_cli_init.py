"""`init` writes a target file from a URL and a key, says how much can be tested with it, and keeps no secret."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import reference
from conformance.cli import beginning, main
from conformance.cli.beginning import InitRequest, enabling
from conformance.cli.documents import example_of_a_target
from conformance.cli.target_text import Known, text_of
from conformance.plan.estimate import Untested
from conformance.reference import Running, RunningClock
from conformance.target import parse

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[Running]:
    with reference.start(clock=RunningClock(100)) as running:
        yield running


def test_a_url_and_a_key_make_a_file_that_can_be_used(command: Command, server: Running, tmp_path: Path) -> None:
    primary, other = server.accounts["primary"], server.accounts["other"]
    given = ("--base-url", server.base_url, "--api-key", primary.key, "--cookie", "env:MINE", "--output", "new.toml")
    status, said, _ = command("init", *given, MINE=f"session={primary.session}", GIMG_OTHER_KEY=other.key)
    text = (tmp_path / "new.toml").read_text(encoding="utf-8")

    assert status == 0, said
    assert primary.key not in said + text
    assert tomllib.loads(text)["accounts"] == {
        "primary": {"key": "env:GIMG_KEY", "cookie": "env:MINE"}, "other": {"key": "env:GIMG_OTHER_KEY"}
    }  # fmt: skip
    assert "\n# let in\n# cookie: the dashboard lets the session in\nkey = " in text
    assert "  export GIMG_KEY=…\n" in said
    assert "export MINE" not in said
    assert "A certify run with it tests 2" in said
    assert '[accounts.burner] key = "…"\n' in said


def test_a_target_that_is_not_reached_gets_its_file_too(command: Command, tmp_path: Path) -> None:
    given = ("--base-url", "http://127.0.0.1:1", "--api-key", "env:GIMG_KEY")
    status, said, _ = command("init", *given, GIMG_KEY="gimg_x")

    (tested, of), *_ = re.findall(r"tests (\d+) of (\d+) requirements that are judged\.", said)

    assert status == 3
    assert 1 / 2 < int(tested) / int(of) < 2 / 3, "the README says little more than half"
    assert "target.toml was written" in said
    assert "export" not in said
    assert "\nOnce that is mended, a certify run with it tests " in said
    assert "# http://127.0.0.1:1 cannot be reached: connection refused → " in (tmp_path / "target.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--output", "there.toml"], "there.toml is there already. Name another --output, or replace it by --force"),
        (["--output", "there.toml/new.toml"], "--output there.toml: "),
        (["--output", "/proc/x.toml"], "--output /proc: "),
        (["--base-url", "http://h"], "--base-url and --api-key are needed where nobody can be asked"),
        (["--base-url", "h", "--api-key", "x"], "--base-url: 'h' is not a base URL"),
        (["--base-url", "http://h", "--api-key", "env:NOT_SET_HERE"], "'NOT_SET_HERE' is not set"),
    ],
)
def test_what_cannot_be_begun_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.toml").write_text("mine")
    ended = CliRunner().invoke(main, ["init", *arguments])

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there.toml"]
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_in_a_terminal_what_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "somebody_answers", lambda: True)
    monkeypatch.setenv("GIMG_BURNER_KEY", "gimg_b")
    with CliRunner().isolation(input="h\nhttps://h\nenv:NOT_SET_HERE\nBearer gimg_x\ngimg_x\n\n") as (_, errors, _):
        asked = beginning._asked(InitRequest())
        shown = errors.getvalue().decode()

    assert asked == ("https://h", {"primary": ("gimg_x", ""), "burner": ("env:GIMG_BURNER_KEY", "")})
    assert "gimg_x" not in shown
    assert re.findall("^  .*$", shown, re.MULTILINE) == [
        "  'h' is not a base URL. Write https://host or http://host:port",
        "  the environment variable 'NOT_SET_HERE' is not set. Set it: `export NOT_SET_HERE=…`",
        "  begins with Bearer. Write the key alone; the suite adds Bearer",
    ]


def test_who_breaks_off_at_a_question_is_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(beginning, "somebody_answers", lambda: True)
    ended = CliRunner().invoke(main, ["init", "--output", str(tmp_path / "t.toml")], input="https://h\n")

    assert ended.exit_code == 130
    assert not [*tmp_path.iterdir()]


def test_everything_that_is_known_is_in_use_and_the_rest_a_comment() -> None:
    text = text_of(Known('a "b"', "https://h", {"primary": ("k", "c"), "metered": ("m", "")}), example_of_a_target())
    target = parse(text, "t")

    assert (target.target.name, target.target.base_url) == ('a "b"', "https://h")
    assert target.accounts.primary.cookie == "c"
    assert target.accounts.metered
    assert target.accounts.metered.credits is None
    assert target.accounts.other is None
    assert "\n# [accounts.other] " in text
    assert '\n# blocked = "…" ' in text


def test_what_enables_most_comes_first_and_nothing_is_counted_twice() -> None:
    untested = [
        Untested(("a",), 1, ("X-1",)),
        Untested(("b",), 1, ("X-1", "X-2", "X-3")),
        Untested(("b", "c"), 1, ("X-3", "X-4")),
        Untested(("d",), 9, ()),
    ]

    assert [*enabling(untested)] == [(3, ("b",)), (1, ("c",))]
