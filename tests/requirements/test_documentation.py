"""The text of a documentation as sentences, and the sentences on which each requirement rests."""

import json
from dataclasses import replace

import pytest

from conformance.requirements import RegistryError, load
from conformance.requirements.basis import followed
from conformance.requirements.documentation import Kind, hash_of, kept, sentences, written
from tests.requirements.page import PAGE, REGISTRY, SOURCES, read, row

UNPROMISING = {1, 5, 118}
"""Lines of the documentation with sentences that promise nothing: an advertisement, what the page is, a greeting."""


def test_every_sentence_row_and_line_is_read_with_its_place() -> None:
    told = [(one.line, one.kind, "/".join(one.path), one.text) for one in read()]

    assert [text for *_, text in told[2:5]] == [
        "Orders of tea by REST.",
        "Only members may order!",
        "Ask at the counter.",
    ]
    assert (3, Kind.HEADING, "introduction", "Tea API") in told
    assert (1, Kind.SENTENCE, "", "Spring sale: half price") in told
    assert (14, Kind.ITEM, "Limits", "X-Cups-Reset when there are more") in told
    assert (16, Kind.HEADING, "POST /tea", "POST/tea") in told
    assert (24, Kind.NOTE, "POST /tea/Body", "Green is best.") in told
    assert (30, Kind.HEADING, "POST /tea/Response", "Response (200)") in told
    assert (43, Kind.EXAMPLE, "Delivery/Example", "X-Tea-Kind: green") in told
    assert (50, Kind.SENTENCE, "Delivery/Example", "Then he drinks it.") in told


@pytest.mark.parametrize(
    ("id_", "texts"),
    [
        ("TEA-1", ["Only members may order!"]),
        ("TEA-2", ["With a teapot?", "Import the collection."]),
        ("TEA-3", ["Three cups an hour."]),
        ("TEA-4", ["Each answer says:", "X-Cups-Left how many are left"]),
        ("TEA-5", ["Each answer says:"]),
        ("TEA-6", ["sortstring (max 20)required", "A sort of tea.", "Green is best."]),
        (
            "TEA-7",
            ["sortstring (max 20)required", "A sort of tea.", "Green is best.", "sugar1-4", "Spoons.", "Default 1.",
             "cupstring", "The id of the cup."],
        ),
        ("TEA-8", ["Body", "sortstring (max 20)required", "sugar1-4"]),
        ("TEA-9", ["POST/tea"]),
        ("TEA-10", ['"kind": "green"']),
        ("TEA-11", ["X-Tea-Kind: green"]),
        ("TEA-12", ["POST https://table.example/tea"]),
        ("TEA-13", ["A waiter tries three times.", "Then he drinks it."]),
        ("TEA-14", ["Tea is brought to the table."]),
        ("TEA-15", ["POST/tea"]),
    ],
)  # fmt: skip
def test_a_source_leads_to_its_sentences(id_: str, texts: list[str]) -> None:
    assert [one.text for one in followed(REGISTRY[id_], read())] == texts


@pytest.mark.parametrize(
    "source",
    ["Limits, sentence 3", "Nowhere, sentence 1", "POST /tea, Body, milk", "Limits, sentence 1; Response, tea"],
)
def test_a_source_that_leads_nowhere_is_refused(source: str) -> None:
    with pytest.raises(RegistryError, match=r"TEA-99: no sentence of the documentation is called"):
        followed(row("TEA-99", source), read())


def test_spaces_broken_lines_and_the_width_of_characters_are_no_change() -> None:
    assert hash_of("每張桌子 70 人,最多\n8 個") == hash_of("每張桌子70人\uff0c最多8個")
    assert hash_of("Queued") != hash_of("queued")
    broken = PAGE.replace("Three cups an hour. Each", "Three cups\nan hour.\nEach")

    assert [one.hash for one in read(broken)] == [one.hash for one in read()]
    assert [one.line for one in read(broken) if one.text == "Each answer says:"] == [13]


def test_what_is_kept_of_a_sentence_has_no_text() -> None:
    table = json.loads(written(read()))

    assert {key for one in table["sentences"] for key in one} == {"hash", "line", "path", "kind", "block", "names"}
    assert "Spoons" not in written(read())


def test_the_kept_sentences_lead_where_those_with_their_text_do() -> None:
    bare = tuple(replace(one, text="") for one in read())

    for id_ in SOURCES:
        found = [(one.hash, one.line) for one in followed(REGISTRY[id_], read())]
        assert [(one.hash, one.line) for one in followed(REGISTRY[id_], bare)] == found


# The registry's own.


def test_every_requirement_rests_on_sentences_of_the_documentation() -> None:
    every = kept()

    assert [row.id for row in load() if not followed(row, every)] == []


def test_every_sentence_with_a_promise_has_a_requirement() -> None:
    every = kept()
    rested_on = {one for row in load() for one in followed(row, every)}
    bare = {one.line for one in every if one not in rested_on and one.kind is not Kind.HEADING}

    assert len(every) > 130
    assert bare == UNPROMISING


def test_a_text_without_anything_has_no_sentence() -> None:
    assert sentences("\n \n", ()) == ()
