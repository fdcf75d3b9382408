"""A word that is not known is answered with what it may have meant."""

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.near import did_you_mean, near

KNOWN = ["clock", "cost", "a-bare-key-is-let-in", "key"]


@pytest.mark.parametrize(
    ("word", "found"),
    [("clok", ["clock"]), ("bare-key", ["a-bare-key-is-let-in"]), ("key", ["key", "a-bare-key-is-let-in"]), ("o", [])],
)
def test_it_is_like_it_or_has_it_as_a_part(word: str, found: list[str]) -> None:
    assert near(word, KNOWN) == found
    assert near(word, KNOWN, 1) == found[:1]


@pytest.mark.parametrize(
    ("names", "question"),
    [([], ""), (["a"], "did you mean a?"), (["a", "b", "c"], "did you mean a, b or c?")],
)
def test_it_is_a_question(names: list[str], question: str) -> None:
    assert did_you_mean(names) == question


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("faults run bare-key", "'bare-key'. Did you mean a-bare-key-uploads or a-bare-key-is-let-in?"),
        ("faults list a-bare-key-is-let-on", "Did you mean a-bare-key-is-let-in, "),
        ("faults list --requirement AUHT-1", "Did you mean AUTH-1,"),
        ("serve --fault a-bare-key-is-let-on", "(did you mean a-bare-key-is-let-in, "),
        ("tests --area AUHT", "no area is called so. Did you mean AUTH?"),
        ("tests --area ZZZ", "no area is called so. Areas are "),
        ("run --only AUHT", "nothing is called so. Did you mean AUTH"),
        ("requirements AUHT", "Did you mean AUTH? `gimg"),
    ],
)
def test_every_command_asks(words: str, told: str) -> None:
    ended = CliRunner().invoke(main, words.split())

    assert (ended.exit_code, told in ended.stderr) == (2, True), ended.stderr
