"""Text from the target, made safe for a terminal and for XML."""

import unicodedata

from conformance.counted import counted

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Control, format (bidirectional overrides, zero width), surrogate, line and paragraph separators.
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def one_line(text: str, most: int = 300) -> str:
    """One line of at most `most` characters; what could steer a terminal or hide text is shown as an escape."""
    kept = text[: most + 1]
    shown = kept if kept.isprintable() else "".join(map(_shown, kept))
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def lines(text: str, most: int = 8, longest: int = 300) -> list[str]:
    """The same with line breaks kept: at most `most` lines, each of at most `longest` characters."""
    every = text.strip().splitlines()
    kept = [one_line(line, longest) for line in every[:most]]
    more = len(every) - most
    return kept if more <= 0 else [*kept, f"… {counted(more, 'more line')}"]


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
