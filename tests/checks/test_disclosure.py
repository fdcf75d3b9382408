"""What an answer gives away of somebody else's generation."""

from typing import Any

import pytest

from conformance.checks.disclosure import disclosed
from tests.checks.polls import exchange, poll

PROMPT = 'A "brass" sextant 燈'
RECORD = poll(
    status="succeeded", type="edit", costCredits=2, createdAt="2026-01-01T00:00:00.000Z", error=None,
    outputs=[{"png": "https://cdn.example.com/a/1.png", "webp": "https://cdn.example.com/a/1.webp", "width": 1}],
)  # fmt: skip


def told(body: Any, **more: Any) -> list[str]:
    return disclosed(exchange("generation", 404, body, **more), [RECORD], PROMPT)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no generation g1"},
        {"status": 404, "type": "about:blank"},
        {"outputs": [], "error": None},
        {"code": 2},
        None,
        b"<h1>Not found</h1>",
        b"",
    ],
    ids=str,
)
def test_a_plain_refusal_gives_nothing_away(body: Any) -> None:
    assert told(body) == []


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"error": f"{PROMPT} is not yours"}, ["prompt"]),
        ({"details": {"type": "edit"}}, ["type"]),
        ({"costCredits": 2}, ["costCredits"]),
        ({"message": "created 2026-01-01T00:00:00.000Z"}, ["createdAt"]),
        (b'{"see": "https:\\/\\/cdn.example.com\\/a\\/1.webp"}', ["outputs"]),
        (b"<a href='https://cdn.example.com/a/1.png'>", ["outputs"]),
    ],
    ids=str,
)
def test_what_is_given_away_is_named(body: Any, names: list[str]) -> None:
    assert told(body) == names


def test_headers_are_read_too() -> None:
    assert told({}, headers=(("Link", "<https://cdn.example.com/a/1.png>"),)) == ["outputs"]


def test_failed_is_a_word_of_refusals_as_well() -> None:
    record = exchange("generation", 200, {"status": "failed", "error": "The model broke"})

    assert disclosed(exchange("generation", 404, {"status": "failed"}), [record], PROMPT) == []
    assert disclosed(exchange("generation", 404, {"why": "The model broke"}), [record], PROMPT) == ["error"]
