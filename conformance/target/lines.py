"""The line of a key in a TOML file, which Python's TOML parser does not tell."""

import re
from collections.abc import Iterator
from itertools import takewhile

_STRING = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
_TABLE = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_ENTRY = re.compile(r"\s*([\w.\"'\s-]+?)\s*=")


def where(place: tuple[str, ...], text: str, name: str) -> str:
    """File, line and dotted key. Without the key itself, the line of its table, else of its neighbour.

    `name` is the file's name. Empty text has no lines.
    """
    dotted = ".".join(place)
    if not text:
        return f"{name}: {dotted}"
    nearest, closeness = 1, 0
    for number, key in _keys(text):
        near = _closeness(key, place)
        if near > closeness:
            nearest, closeness = number, near
    return f"{name}:{nearest}: {dotted}"


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every line that begins a table or an entry, with its whole key. Strings of several lines are skipped."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(_STRING.sub(lambda found: "\n" * found[0].count("\n"), text).split("\n"), 1):
        if header := _TABLE.match(line):
            table = _parts(header[1])
            yield number, table
        elif entry := _ENTRY.match(line):
            yield number, table + _parts(entry[1])


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def _closeness(key: tuple[str, ...], place: tuple[str, ...]) -> int:
    """How many leading parts two keys share; a key that is or contains the place is closer than others."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(key, place, strict=False)))
    return 2 * common + (common == len(key))
