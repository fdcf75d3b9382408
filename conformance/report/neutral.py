"""Text from the target as Markdown that renders as that text: no mention, link, image, HTML or table comes of it.

Words of letters, and numbers, stand as they are. Everything else stands in code, where Markdown means nothing.
"""

import re
from collections.abc import Iterable, Iterator

from conformance.report.hostile import one_line

_PLAIN = re.compile(
    "(?![^ ]*[wW]{3})[(]?(?:[^\\W\\d_]+(?:['\u2019-][^\\W\\d_]+)*|\\d{1,6}(?:\\.\\d{1,6})?)[)]?[,;:.!?]?"
    "|[\u2192\u2013\u2026\u00b7]"
)
"""A word that means nothing to Markdown, nor to GitHub, wherever it stands in a line. `www.` alone makes a link."""
_OF_A_LIST = re.compile(r"\d+[.)]")
"""What begins a list where it begins a line."""
_TICKS = re.compile("`+")


def prose(text: str, most: int = 300) -> str:
    """Words as words, and what could mean something as code. One line; nothing may follow it but a blank."""
    return " ".join(_runs(one_line(text, most).split(" "), most))


def _runs(words: Iterable[str], most: int) -> Iterator[str]:
    """What was begun in code, a JSON object or a quotation, is code to its end."""
    run = list[str]()
    for place, word in enumerate(filter(None, words)):
        plain = _PLAIN.fullmatch(word) and not (place == 0 and _OF_A_LIST.fullmatch(word))
        if plain and not _is_open(" ".join(run)):
            yield from [code(" ".join(run), most)] * bool(run)
            run = []
            yield word
        else:
            run.append(word)
    yield from [code(" ".join(run), most)] * bool(run)


def _is_open(run: str) -> bool:
    return run.count("{") > run.count("}") or run.count('"') % 2 == 1 or run.count("`") % 2 == 1


def code(text: str, most: int = 300) -> str:
    """One line of code; empty where there is no text."""
    shown = one_line(text, most)
    if len(shown) > 2 and shown[0] == shown[-1] == "`" and shown.count("`") == 2:
        shown = shown[1:-1]  # it was meant as code
    fence = "`" * (_longest(shown) + 1)
    blank = " " if shown.startswith((" ", "`")) or shown.endswith((" ", "`")) else ""
    return f"{fence}{blank}{shown}{blank}{fence}" if shown else ""


def block(lines: Iterable[str], language: str = "text", most: int = 500) -> Iterator[str]:
    """Lines of code, in a fence that none of them can end."""
    shown = [one_line(line, most) for line in lines]
    fence = "`" * max(3, max(map(_longest, shown), default=0) + 1)
    yield from (f"{fence}{language}", *shown, fence)


def _longest(text: str) -> int:
    """The longest row of backticks."""
    return max((len(found[0]) for found in _TICKS.finditer(text)), default=0)
