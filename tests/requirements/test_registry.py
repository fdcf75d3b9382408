"""The registry that the suite carries: well formed, complete, and found by its ids."""

import re
from importlib.resources import files

import pytest

from conformance.contract import documented
from conformance.requirements import Level, UnknownRequirement, guards, load
from conformance.requirements.reading import AREA_FILES, RULINGS_FILE

REGISTRY = load()


def test_nothing_in_it_contradicts_itself() -> None:
    assert guards.ids_used_twice(REGISTRY) == []
    assert guards.unknown_rulings(REGISTRY, REGISTRY.rulings) == []
    assert guards.rulings_without_a_row(REGISTRY, REGISTRY.rulings) == []


def test_every_file_of_the_folder_is_read() -> None:
    present = {entry.name for entry in files("conformance.requirements").iterdir() if entry.name.endswith(".toml")}
    assert present == {*AREA_FILES, RULINGS_FILE}


def test_it_is_read_once() -> None:
    assert load() is REGISTRY


def test_ids_that_are_known_outside_keep_their_meaning() -> None:
    assert "without an Authorization header" in REGISTRY["AUTH-1"].sentence
    assert f"Call {documented().quota + 1} of a window" in REGISTRY["RATE-6"].sentence
    assert "repeat" in REGISTRY["IDEM-2"].sentence.lower()


def test_an_unknown_id_is_refused_with_its_neighbours() -> None:
    with pytest.raises(UnknownRequirement, match=r"AUTH-99.*AUTH-9"):
        REGISTRY["AUTH-99"]
    assert "AUTH-99" not in REGISTRY
    assert "AUTH-9" in REGISTRY


def test_an_unknown_ruling_is_refused() -> None:
    assert REGISTRY.ruling("R9").where == "authentication"
    with pytest.raises(UnknownRequirement, match="R99"):
        REGISTRY.ruling("R99")


def test_rows_come_area_by_area_in_the_order_of_the_documentation() -> None:
    grouped = REGISTRY.by_area()
    assert [row for rows in grouped.values() for row in rows] == list(REGISTRY)
    assert [area.prefix for area in grouped][:3] == ["AUTH", "RATE", "IDEM"]
    assert len(REGISTRY) == sum(map(len, grouped.values()))


def test_sentences_are_ours_and_whole() -> None:
    for row in REGISTRY:
        assert re.fullmatch(r"[A-Za-z][ -~]+[.]", row.sentence), row.id


def test_no_two_rows_say_the_same_of_one_area() -> None:
    said = [(row.area, row.sentence) for row in REGISTRY]
    assert len(set(said)) == len(said)


def test_open_rows_ask_and_the_others_state() -> None:
    asks = re.compile("Whether |Which |What |How ")
    assert [row.id for row in REGISTRY if bool(asks.match(row.sentence)) != (row.level is Level.OPEN)] == []
