"""Text from the target, made safe for a page: what could hide, move or reverse text is shown as an escape."""

import re

from markupsafe import Markup, escape

from conformance.report.hostile import one_line

MOST = 5000
"""Characters of one text that are shown."""
_PILES = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}")
"""Combining marks, so many on one letter that they would cover the lines around it."""

_OURS = re.compile(r"`((?:--|gimg-conformance )[^`]*)`")


def shown(text: str, most: int = MOST) -> str:
    """One line of at most `most` characters. What is no plain character is written as its code, as in a terminal."""
    if len(text) <= most and text.isascii() and text.isprintable():
        return text
    return _PILES.sub(_spelled, one_line(text, most))


def _spelled(pile: re.Match[str]) -> str:
    return "".join(f"\\u{ord(mark):04x}" for mark in pile[0])


def output(value: object) -> object:
    """What a template puts out: nothing but markup of ours goes in as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return shown(str(value))


def breakable(text: str) -> Markup:
    """An id or a path of ours that may be broken after its separators."""
    return Markup(re.sub(r"(::|/|\[|_)", r"\1<wbr>", str(escape(shown(text)))))  # noqa: S704 - escaped


def with_options(text: str) -> Markup:
    """A sentence, in which the options and commands of ours that stand in backticks are code."""
    return Markup(_OURS.sub(r'<code dir="ltr">\1</code>', str(escape(shown(text)))))  # noqa: S704 - escaped
