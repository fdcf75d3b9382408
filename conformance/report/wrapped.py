"""Chinese in a terminal: rich breaks lines at blanks alone, and Chinese has hardly any."""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_IDEOGRAPH = "\u2e80-\u2fff\u3040-\u9fff"
_OPENS, _CLOSES = "\uff08\u300c", "\uff0c\u3002\uff1b\uff1a\u3001\uff09\u300d"
_PIECE = re.compile(rf"(?s)(?=.)[{_OPENS}]*(?:[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}{_OPENS}{_CLOSES}]+|\s)?[{_CLOSES}]*\s*")
"""What stays together on a line: a word, or one ideograph, with the punctuation and the blanks that belong to it."""


class Wrapped:
    """A text that is broken between ideographs too, but never before a comma or a full stop."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.divide(line_starts(self.text.plain, options.max_width)):
            line.rstrip()
            line.overflow = "fold"
            yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.text)


def line_starts(text: str, width: int) -> Iterator[int]:
    """Where each line but the first begins; `width` in terminal cells."""
    used = 0
    for piece in _PIECE.finditer(text):
        if used and used + cell_len(piece[0].rstrip()) > width:
            yield piece.start()
            used = 0
        used += cell_len(piece[0])
