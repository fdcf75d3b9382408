"""`help` prints chapters of the documents, whole at any width, and a shell learns to complete."""

import os
import re
import subprocess
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from conformance.cli import main
from conformance.cli.chapters import rendered
from conformance.cli.documents import TOPICS, chapter
from conformance.cli.help_command import SHELLS, VARIABLE
from conformance.target import parse
from tests.cli.conftest import COMMAND


def said(*arguments: str) -> str:
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.mark.parametrize("topic", TOPICS)
def test_in_a_pipe_a_chapter_is_as_it_was_written(topic: str) -> None:
    assert said("help", topic) == chapter(topic) + "\n"
    assert chapter(topic).startswith("#")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("width", [60, 80])
def test_a_terminal_loses_no_word(topic: str, width: int) -> None:
    shown = rendered(chapter(topic), Console(file=StringIO(), width=width))
    words = re.findall(r"[A-Za-z]{4,}", re.sub(r"\]\([^)]*\)|```\w+", "", chapter(topic)))

    assert max(map(len, shown.splitlines())) <= width
    bare = re.sub(r"[^A-Za-z]", "", shown)
    assert [word for word in words if word not in bare] == []


def test_a_chapter_has_the_signs_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")

    assert said("help", "clock").isascii()
    assert "->" in said("help", "clock")


def test_topics_are_listed_a_command_is_explained_and_another_word_refused() -> None:
    assert "Topics: target, clock, " in said("help")
    assert said("help", "check").startswith("Usage: ")
    for word, meant in {"clok": "Did you mean clock? ", "chek": "Did you mean check? ", "zzz": ""}.items():
        refused = CliRunner().invoke(main, ["help", word])
        assert refused.exit_code == 2
        assert f"there is no topic or command {word!r}. {meant}Topics: target, clock" in refused.stderr


def test_the_example_of_a_target_file_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    example = said("help", "target").partition("```toml\n")[2].partition("```")[0]
    for name in re.findall(r'"env:(\w+)"', example):
        monkeypatch.setenv(name, f"gimg_{name}")

    assert parse(example, "example").accounts.metered


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_a_shell_asks_this_program(shell: str) -> None:
    assert f"{VARIABLE}={shell}_complete" in said("completion", shell)


@pytest.mark.parametrize(
    ("words", "completed"),
    [("gimg-conformance ba", "plain,baseline"), ("gimg-conformance run --profile sm", "plain,smoke")],
)
def test_words_are_completed(words: str, completed: str) -> None:
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ended = subprocess.run(COMMAND, env=os.environ | asked, capture_output=True, text=True, check=False)

    assert ended.stdout.splitlines() == [completed], ended.stderr
