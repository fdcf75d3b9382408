"""The language of the product, as far as it can be checked: no replaced wording comes back, and sentences are short."""

import re
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError, sentence
from conformance.requirements import load

ROOT = Path(__file__).parents[1]
BANNED = (
    "of nothing that could be guessed",
    "a status that is none",
    "a price that is none",
    "too late now and then",
    "Kept from a verdict",
    "MUST not kept",
    ' is not known"',
    "is not a number from",
    "and no further one",
    "and the bystanders",
    "silent places",
    "only after something else",
    "looked like to both",
    "be the status what it may",
    "that earns several",
    "were it enabled",
    '"""So many',
    "So many calls",
)
"""Wordings that were replaced by plain ones."""
TEXTS = (
    *ROOT.glob("conformance/**/*.py"),
    *ROOT.glob("conformance/**/*.toml"),
    *ROOT.glob("conformance/**/*.md"),
    *(ROOT / name for name in ("README.md", "reports/README.md", "tox.ini", "openapi.yaml")),
)
LONGEST_SENTENCE = 30
"""Words in a sentence of the registry, and of a ruling."""


@pytest.mark.parametrize("phrase", BANNED)
def test_a_phrase_that_was_replaced_does_not_come_back(phrase: str) -> None:
    assert [str(path) for path in TEXTS if phrase in path.read_text(encoding="utf-8")] == []


def test_a_requirement_is_told_in_short_sentences() -> None:
    for row in load():
        assert row.sentence.endswith("."), row.id
        assert [s for s in sentences(row.sentence) if len(s.split()) > LONGEST_SENTENCE] == [], row.id


def test_a_ruling_is_told_in_short_sentences() -> None:
    for ruling in load().rulings:
        assert ruling.reading.endswith("."), ruling.id
        assert [s for s in sentences(ruling.reading) if len(s.split()) > LONGEST_SENTENCE] == [], ruling.id


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.;:]) ", text)


def test_a_hint_is_a_sentence_of_its_own() -> None:
    assert str(ConfigurationError("t.toml:1: the key is empty", "write it")) == "t.toml:1: the key is empty. Write it"


@pytest.mark.parametrize(
    "text", ["https://h is up", "`serve` starts one", "base_url = 1", "POST moves it", "--wait", ""]
)
def test_names_addresses_and_code_keep_their_letters(text: str) -> None:
    assert sentence(text) == text
