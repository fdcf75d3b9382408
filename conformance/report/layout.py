"""Lines of a terminal: words behind a label, broken between words, and between the parts of JSON, never inside them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from conformance.program import as_called
from conformance.report.hostile import one_line
from conformance.signs import PLAIN

UNBROKEN = 100_000
"""Columns of what is no terminal: whoever reads a file or a pipe breaks the lines, or searches them whole."""
LEAST = 16
"""Columns that words have, however narrow the terminal."""
_PLAIN = str.maketrans(PLAIN)
_WORD = re.compile(r"\S+\s*|\s+")
_PART = re.compile(r"[^,;/&?={\[]*[,;/&?={\[]+|[^,;/&?={\[]+$")
"""A piece of JSON or of a URL, with the sign that ends it."""


class _Plain(Console):
    """Python writes UTF-8 in a POSIX locale, too, where terminals show question marks for our signs."""

    encoding = "ascii"  # the property of what the stream can carry: here, of what is shown


def console_for(stream: TextIO, *, breaks: bool = False) -> Console:
    """A console in the signs of the locale, which breaks lines for a terminal alone, unless it always `breaks` them."""
    made = _Plain if os.environ.get("LC_ALL") in {"C", "POSIX"} else Console
    return made(file=stream, highlight=False, width=None if breaks or stream.isatty() else UNBROKEN)


def in_signs_of(console: Console, text: Text) -> Text:
    """The same in ASCII signs where the console shows no others. Before lines are broken: some take more room then."""
    if not console.options.ascii_only:
        return text
    return Text.assemble(*((part.text.translate(_PLAIN), part.style or "") for part in text.render(console)))


def _as_called(console: Console, text: Text) -> Text:
    """The same with the commands of this program as it was called."""
    if as_called(text.plain) == text.plain:
        return text
    return Text.assemble(*((as_called(part.text), part.style or "") for part in text.render(console)))


@dataclass(frozen=True, slots=True)
class Labelled:
    """Words behind a label: every line begins where the first one's words do, and none ends in spaces.

    Print it with `crop=False`.
    """

    label: Text
    words: Text
    whole: bool = False
    """One line, however long: it is to be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        label, words = in_signs_of(console, self.label), in_signs_of(console, _as_called(console, self.words))
        room = UNBROKEN if self.whole else max(LEAST, options.max_width - label.cell_len)
        for line in broken(words, room):
            yield Text.assemble(label, line, no_wrap=True, overflow="ignore")
            label = Text(" " * label.cell_len)


def broken(words: Text, room: int) -> Iterator[Text]:
    """The words in lines of at most `room` columns."""
    for line in words.split("\n", allow_blank=True):
        offsets, used = [], 0
        place = 0
        for piece in _pieces(line.plain, room):
            if used and used + cell_len(piece.rstrip()) > room:
                offsets.append(place)
                used = 0
            used += cell_len(piece)
            place += len(piece)
        for part in line.divide(offsets):
            part.rstrip()
            yield part


def brief(text: str, most: int = 300) -> str:
    """One line of at most `most` characters, made safe, that ends where a word or a part of JSON does."""
    shown = one_line(text, 20 * most)
    if len(shown) <= most:
        return shown
    end = 0
    for piece in _pieces(shown, 0):
        if end + len(piece.rstrip()) >= most:
            break
        end += len(piece)
    return f"{(shown[:end] if end > most // 2 else shown[: most - 1]).rstrip()}…"


def _pieces(text: str, room: int) -> Iterator[str]:
    """Where a line may end: after each; a word that fits into a line is left whole. 0: any may be taken apart."""
    for word in _WORD.findall(text):
        if cell_len(word.rstrip()) <= room:
            yield word
            continue
        for part in _PART.findall(word):
            yield from chop_cells(part, room) if 0 < room < cell_len(part.rstrip()) else [part]
