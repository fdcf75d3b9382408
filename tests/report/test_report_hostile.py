import pytest

from conformance.report.hostile import lines, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("雪 \U0001f600 é", "雪 \U0001f600 é"),
        ("\x1b[2J\x9b31m", "\\x1b[2J\\x9b31m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202eright to left\u200b", "\\u202eright to left\\u200b"),
        ("\u2028\ud800", "\\u2028\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_what_steers_a_terminal_or_hides_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_long_text_is_cut() -> None:
    assert one_line("x" * 10, 10) == "x" * 10
    assert one_line("x" * 11, 10) == "x" * 9 + "…"
    assert len(one_line("\x00" * 1000, 10)) == 10


def test_lines_are_kept_up_to_a_number() -> None:
    assert lines("a\n\x1b[0mb\n", 2) == ["a", "\\x1b[0mb"]
    assert lines("a\nb\nc\nd", 2) == ["a", "b", "… 2 more lines"]
