"""The registry in Traditional Chinese: complete, made from the present English, and of the same content."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.requirements import (
    Area,
    Level,
    Registry,
    RegistryError,
    Requirement,
    Ruling,
    UnknownRequirement,
    guards,
    load,
)
from conformance.requirements.reading import AREA_FILES, RULINGS_FILE
from conformance.requirements.translation import (
    LANGUAGES,
    Entry,
    area_title,
    digest,
    entries,
    read_entries,
    ruling_text,
    sentence,
    texts_by_id,
    told,
    translated,
)

ROOT = Path(__file__).parents[2]
REGISTRY = load()
CHINESE = "zh-TW"
ENTRIES = entries(CHINESE)
FULL_STOP, OPENS, CLOSES = "\u3002", "\uff08", "\uff09"
ENGLISH = texts_by_id(REGISTRY)
PAIRS = [
    (f"{entry.id} {name}", ENGLISH[entry.id][name], text)
    for entry in ENTRIES
    for name, text in entry.texts.items()
    if name in ENGLISH.get(entry.id, ())
]
"""Where, the English and the Chinese."""


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_nothing_is_missing_stale_or_superfluous(lang: str) -> None:
    found = guards.gaps_in_translation(REGISTRY, entries(lang), lang)

    assert not found, "\n".join(found)


# The guard, before a registry of one row.

ROW = Requirement("AUTH-1", "AUTH", Level.MUST, "It is so.", "somewhere")
SMALL = Registry((ROW,), (Area("AUTH", "Authentication"),), (Ruling("R1", "there", "So."),), "")
TITLE, SENTENCE, READING = (
    Entry("zh-TW/a.toml", id_, digest(english), dict.fromkeys(english, "x"))
    for id_, english in texts_by_id(SMALL).items()
)


def gaps(*given: Entry) -> list[str]:
    return guards.gaps_in_translation(SMALL, given, CHINESE)


def test_a_complete_translation_has_no_gaps() -> None:
    assert gaps(TITLE, SENTENCE, READING) == []


def test_a_row_whose_english_changed_is_told_with_the_digest_to_write() -> None:
    assert gaps(TITLE, replace(SENTENCE, english=digest({"sentence": "It was so."})), READING) == [
        "zh-TW/a.toml: AUTH-1 is stale. Translate anew sentence 'It is so.', with english = \"623306a708b09a8b\""
    ]


def test_a_row_that_nobody_translated_is_told() -> None:
    assert gaps(TITLE, READING) == [
        "zh-TW lacks AUTH-1. Translate sentence 'It is so.', with english = \"623306a708b09a8b\""
    ]
    assert gaps(SENTENCE) == [
        f"zh-TW lacks AUTH. Translate title 'Authentication', with english = \"{TITLE.english}\"",
        f"zh-TW lacks R1. Translate where 'there', reading 'So.', with english = \"{READING.english}\"",
    ]


def test_what_no_row_has_is_told() -> None:
    assert gaps(TITLE, SENTENCE, replace(SENTENCE, id="AUTH-99"), READING) == [
        "zh-TW/a.toml: AUTH-99 is superfluous: nothing has this id"
    ]


def test_what_is_there_twice_is_told() -> None:
    assert gaps(TITLE, SENTENCE, SENTENCE, READING) == ["zh-TW has AUTH-1 2 times"]


def test_another_set_of_fields_is_told() -> None:
    assert gaps(TITLE, replace(SENTENCE, texts={"sentence": "x", "occasion": "x"}), READING) == [
        "zh-TW/a.toml: AUTH-1 has sentence, occasion, but the English has sentence"
    ]


def test_the_digest_is_of_all_that_is_translated() -> None:
    assert digest({"sentence": "It is so."}) == "623306a708b09a8b"
    assert digest({"sentence": "It is so.", "occasion": "a delay"}) != digest({"sentence": "It is so."})


# What users get.


def test_each_is_told_in_either_language() -> None:
    assert sentence("AUTH-1", "en") == REGISTRY["AUTH-1"].sentence
    assert sentence("AUTH-1", CHINESE).endswith(f"401{FULL_STOP}")
    assert (area_title("AUTH", "en"), area_title("AUTH", CHINESE)) == ("Authentication", "驗證")
    assert ruling_text("R3", "en") == REGISTRY.ruling("R3").reading
    assert ruling_text("R3", CHINESE).startswith("十進位整數")


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownRequirement, match="AUTH-99"):
        sentence("AUTH-99", CHINESE)
    with pytest.raises(UnknownRequirement, match="no area has the prefix NOPE"):
        area_title("NOPE", CHINESE)
    with pytest.raises(UnknownRequirement, match="R99"):
        ruling_text("R99", CHINESE)
    with pytest.raises(RegistryError, match=r"no language 'de'\. It has en, zh-TW"):
        sentence("AUTH-1", "de")


def test_it_is_read_once() -> None:
    assert told(CHINESE) is told(CHINESE)
    assert told("en") is REGISTRY


def test_what_is_stale_or_missing_is_told_in_english() -> None:
    found = translated(SMALL, [replace(TITLE, english="0" * 16), SENTENCE])

    assert found.areas == SMALL.areas
    assert found["AUTH-1"] == replace(ROW, sentence="x")
    assert found.rulings == SMALL.rulings


def test_all_but_the_words_is_the_same() -> None:
    found = told(CHINESE)

    assert [(row.id, row.level, row.source, row.rulings) for row in found] == [
        (row.id, row.level, row.source, row.rulings) for row in REGISTRY
    ]
    assert found.sha256 == REGISTRY.sha256


# The files.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A translation of nothing but areas and a ruling."""
    (tmp_path / CHINESE).mkdir()
    for name in AREA_FILES:
        prefix = name.removesuffix(".toml").upper()
        row = f'[[requirement]]\nid = "{prefix}-1"\nenglish = "0"\nsentence = "x"\n'
        (tmp_path / CHINESE / name).write_text(f'area = "{prefix}"\nenglish = "0"\ntitle = "t"\n{row}')
    ruling = '[[ruling]]\nid = "R1"\nenglish = "0"\nwhere = "x"\nreading = "y"\n'
    (tmp_path / CHINESE / RULINGS_FILE).write_text(ruling)
    return tmp_path


def test_a_file_becomes_entries(folder: Path) -> None:
    found = read_entries(folder, CHINESE)

    assert found[:2] == [
        Entry("zh-TW/auth.toml", "AUTH", "0", {"title": "t"}),
        Entry("zh-TW/auth.toml", "AUTH-1", "0", {"sentence": "x"}),
    ]
    assert found[-1] == Entry("zh-TW/rulings.toml", "R1", "0", {"where": "x", "reading": "y"})


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("auth.toml", "sentence", "sentense", "zh-TW/auth.toml, row 1 (AUTH-1): unknown key sentense"),
        ("auth.toml", "title", "titel", "zh-TW/auth.toml: unknown key titel"),
        ("auth.toml", "AUTH-1", "RATE-1", "zh-TW/auth.toml, row 1 (RATE-1): the id is not AUTH- and a number"),
        ("rulings.toml", "where", "there", "zh-TW/rulings.toml, row 1 (R1): unknown key there"),
        ("rulings.toml", "y", "", "zh-TW/rulings.toml, row 1 (R1): reading is empty"),
    ],
)
def test_a_wrong_file_is_refused(folder: Path, name: str, old: str, new: str, message: str) -> None:
    path = folder / CHINESE / name
    path.write_text(re.sub(rf"\b{old}\b", new, path.read_text()))

    with pytest.raises(RegistryError) as refused:
        read_entries(folder, CHINESE)
    assert refused.value.message.startswith(message)


def test_every_file_of_the_folder_is_read() -> None:
    folder = ROOT / "conformance" / "requirements" / CHINESE

    assert {path.name for path in folder.iterdir()} == {*AREA_FILES, RULINGS_FILE}


# The words.

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
NAME = re.compile(
    r"[A-Za-z]+(?:-[A-Z][A-Za-z]+)+|[a-z]+[A-Z]\w*|\b(?!URLs)[A-Z]{2,}\w*|\w+_\b|[a-z]+\.[a-z]\w+|\w*/\w+"
)
"""Headers, fields, abbreviations, prefixes, events, and paths or media types."""
HALF_WIDTH = re.compile(r"[,;:()](?!\d| Bearer)")
"""Punctuation that is neither in a number nor in a header."""
TIGHT = re.compile(r"[\u4e00-\u9fff][\w/](?<![\u4e00-\u9fff])|[A-Za-z0-9_%][\u4e00-\u9fff]")
"""Latin letters or digits and ideographs without a blank between them."""


@pytest.mark.parametrize("pattern", [NUMBER, NAME], ids=["numbers", "names"])
def test_numbers_and_names_stay_as_they_are(pattern: re.Pattern[str]) -> None:
    def those(text: str) -> set[str]:
        return set(pattern.findall(text))

    assert [where for where, english, chinese in PAIRS if those(english) - those(chinese)] == []
    assert [
        where for where, english, chinese in PAIRS if set(NUMBER.findall(chinese)) - {*NUMBER.findall(english)}
    ] == []


@pytest.mark.parametrize(("level", "word"), [("SHOULD", "應該"), ("MUST", "必須"), ("OPEN", "")])
def test_a_level_that_a_ruling_names_is_named(level: str, word: str) -> None:
    assert [where for where, english, chinese in PAIRS if english.count(level) != chinese.count(level)] == []
    named = [chinese for _, _, chinese in PAIRS if f"{OPENS}{level}{CLOSES}" in chinese]
    assert [text for text in named if f"{word}{OPENS}{level}{CLOSES}" not in text] == []


def test_punctuation_is_full_width_and_blanks_stand_before_and_after_names() -> None:
    assert [where for where, _, chinese in PAIRS if HALF_WIDTH.search(chinese)] == []
    assert [where for where, _, chinese in PAIRS if TIGHT.search(chinese)] == []
    assert [where for where, english, chinese in PAIRS if english.endswith(".") != chinese.endswith(FULL_STOP)] == []


@pytest.mark.parametrize(("text", "wrong"), [("未帶Authorization", True), ("回應 401", False), ("回應401", True)])
def test_a_missing_blank_is_found(text: str, wrong: bool) -> None:
    assert bool(TIGHT.search(text)) == wrong


def test_open_rows_ask_in_chinese_too() -> None:
    asks = re.compile("是否|還是|哪|如何|什麼")
    rows = [row for row in told(CHINESE) if row.level is Level.OPEN]

    assert [row.id for row in rows if not asks.search(row.sentence)] == []


def test_no_two_rows_of_an_area_say_the_same() -> None:
    said = [(row.area, row.sentence) for row in told(CHINESE)]

    assert len(set(said)) == len(said)
