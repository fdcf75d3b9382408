"""What differs is told by its path, shortly, whatever the two values are."""

from typing import Any

import pytest

from conformance.evidence.differences import LONGEST, MOST, differences

NAMES = ("polling", "webhook")


@pytest.mark.parametrize(
    ("one", "two", "told"),
    [
        ({"a": [{"w": 1024}]}, {"a": [{"w": 256}]}, "a[0].w: polling 1024, webhook 256"),
        ({"a": 1}, {}, "a: polling 1, webhook absent"),
        ({}, {"a": None}, "a: polling absent, webhook null"),
        ([1, 2], [1], ": polling 2 entries, webhook 1 entry"),
        ([1, [2]], [3, [4]], "[0]: polling 1, webhook 3; [1][0]: polling 2, webhook 4"),
        ({"a b": 1}, {"a b": 2}, '["a b"]: polling 1, webhook 2'),
        (1, True, "polling 1, webhook true"),
        (1, 1.0, ""),
        ("日", "本", 'polling "日", webhook "本"'),
        ({"a": {"b": 1}}, {"a": [1]}, 'a: polling {"b": 1}, webhook [1]'),
        (None, None, ""),
    ],
)
def test_two_values_differ_at_a_path(one: Any, two: Any, told: str) -> None:
    assert differences(one, two, NAMES) == told.removeprefix(": ")


def test_the_path_begins_where_the_values_stand() -> None:
    assert differences([{"width": 1}], [{"width": 2}], NAMES, "outputs") == "outputs[0].width: polling 1, webhook 2"


def test_of_many_differences_some_are_told_and_the_rest_counted() -> None:
    told = differences(dict.fromkeys("abcdef", 1), dict.fromkeys("abcdef", 2), NAMES)

    assert told.count("polling") == MOST
    assert told.endswith("; and 2 more")


def test_of_long_texts_the_place_where_they_differ_is_told() -> None:
    told = differences("x" * 5000 + "a", "x" * 5000 + "b", NAMES)

    assert 'xa"' in told
    assert 'xb"' in told
    assert len(told) < 2 * LONGEST + 40


def test_an_endless_name_is_cut_off() -> None:
    assert len(differences({"x y" * 9000: 1}, {}, NAMES)) < 200
