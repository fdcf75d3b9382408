"""JSON within limits: deep, long and infinite."""

import math

import pytest

from conformance.evidence import parsed
from conformance.evidence.jsontext import read_json, within_range
from conformance.limits import JSON_DEPTH, JSON_DIGITS


def test_what_is_nested_too_deeply_is_no_json() -> None:
    assert parsed(b"[" * JSON_DEPTH + b"]" * JSON_DEPTH) is not None
    assert parsed(b"[" * (JSON_DEPTH + 1) + b"]" * (JSON_DEPTH + 1)) is None
    assert parsed(b"[" * 100_000) is None


@pytest.mark.parametrize("text", [b"1e400", b"9" * 4000])
def test_a_number_beyond_a_double_is_infinite(text: bytes) -> None:
    assert parsed(text) == math.inf
    assert not within_range(parsed(text))


def test_an_integer_keeps_all_its_digits_within_the_limit() -> None:
    assert parsed(b"9" * JSON_DIGITS) == int("9" * JSON_DIGITS)
    assert within_range(parsed(b"17"))


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"9" * 5000, b"\xff", b"{"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's
        read_json(text)
    assert parsed(text) is None


def test_half_a_surrogate_pair_is_json_and_no_character() -> None:
    text = b'{"A \\ud83c": ["\\udfee", "\\ud83c\\udfee", 1, {"a": "\\ud83cx"}]}'

    assert read_json(text) == {"A \ufffd": ["\ufffd", "\U0001f3ee", 1, {"a": "\ufffdx"}]}
