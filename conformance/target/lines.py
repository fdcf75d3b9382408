"""Where a key stands in the text of a TOML file, which no TOML parser of Python tells."""

import re
from collections.abc import Iterator
from itertools import takewhile

_STRING = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
_TABLE = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_ENTRY = re.compile(r"\s*([\w.\"'\s-]+?)\s*=")


def where(place: tuple[str, ...], text: str, name: str) -> str:
    """File, line and dotted key: the line of the key itself, else of what it stands in, else of what it stands beside.

    `name` names the file. Text that is empty has no lines.
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
    """Every line that begins a table or an entry, and the whole key of it. Strings of several lines are passed over."""
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
    """How many parts two keys begin with together; a key that is the place, or contains it, is closer than others."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(key, place, strict=False)))
    return 2 * common + (common == len(key))
