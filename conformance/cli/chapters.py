"""A chapter of the documents in a terminal."""

import sys

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from conformance.cli.documents import chapter
from conformance.report.layout import console_for, in_signs_of
from conformance.signs import PLAIN

WIDEST = 100
"""Columns: longer lines are hard to read."""
_PLAIN = str.maketrans({**PLAIN})


def print_chapter(topic: str) -> None:
    """Print it, as wide as the terminal; in a pipe as it was written, so that lines can be copied and searched."""
    console = console_for(sys.stdout)
    text = chapter(topic) + "\n"
    console.file.write(rendered(text, console) if console.is_terminal else in_signs_of(console, Text(text)).plain)


def rendered(text: str, console: Console) -> str:
    """Markdown for this console, in the signs of the locale."""
    with console.capture() as captured:
        console.print(Markdown(text, hyperlinks=False), width=min(WIDEST, console.width))
    # Markdown draws bullets and lines of its own, whatever the locale.
    return captured.get().translate(_PLAIN) if console.options.ascii_only else captured.get()
