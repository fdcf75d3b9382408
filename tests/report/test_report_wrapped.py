"""Chinese is broken into lines as Chinese is."""

import io
from itertools import pairwise

import pytest
from rich.console import Console
from rich.text import Text

from conformance.report.wrapped import Wrapped, line_starts

COMMA, STOP, OPENS, CLOSES = "\uff0c", "\u3002", "\uff08", "\uff09"


def lines(text: str, width: int) -> list[str]:
    starts = [0, *line_starts(text, width), len(text)]
    return [text[a:b].rstrip() for a, b in pairwise(starts)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("請求未帶標頭", 8, ["請求未帶", "標頭"]),
        (f"請求未帶{COMMA}標頭", 8, ["請求未", f"帶{COMMA}標頭"]),
        (f"回應 401{STOP}", 8, ["回應", f"401{STOP}"]),
        (f"回應{OPENS}拒絕{CLOSES}", 7, ["回應", f"{OPENS}拒", f"絕{CLOSES}"]),
        ("some plain words", 10, ["some plain", "words"]),
        ("請求", 8, ["請求"]),
        ("請求    ", 4, ["請求"]),
        ("", 8, [""]),
    ],
)
def test_a_line_ends_between_ideographs_or_words(text: str, width: int, expected: list[str]) -> None:
    assert lines(text, width) == expected


def test_a_word_that_is_wider_than_a_line_is_folded_and_styles_stay() -> None:
    file = io.StringIO()
    console = Console(file=file, width=6, force_terminal=True, color_system="standard")

    console.print(Wrapped(Text.assemble(("帶有", "bold"), "X-RateLimit")))

    assert file.getvalue() == "\x1b[1m帶有\x1b[0m\nX-Rate\nLimit\n"
