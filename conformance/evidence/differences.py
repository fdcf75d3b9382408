"""Two JSON values that should be equal, as their difference by path: `outputs[0].width: polling 1024, webhook 256`."""

import json
import re
from collections.abc import Iterator
from typing import Any

MOST = 4
"""Differences that are told; of the others their number."""
LONGEST = 60
"""Characters of a value, of which the beginning is told."""
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ABSENT = object()


def differences(one: Any, two: Any, names: tuple[str, str], place: str = "") -> str:
    """Where two values differ, in one line; empty where they do not. `place` is the path of both in what holds them.

    Numbers are equal by value, but no truth value is a number. Lists are compared entry by entry, in order.
    """
    found = []
    for path, this, that in _differing(one, two, place):
        this_told, that_told = _both(this, that)
        found.append(f"{path}: {names[0]} {this_told}, {names[1]} {that_told}".removeprefix(": "))
    more = len(found) - MOST
    return "; ".join((*found[:MOST], *([f"and {more} more"] if more > 0 else ())))


def _differing(one: Any, two: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(two, dict):
        for name in dict.fromkeys((*one, *two)):
            yield from _differing(one.get(name, _ABSENT), two.get(name, _ABSENT), _member(path, name))
    elif isinstance(one, list) and isinstance(two, list):
        if len(one) != len(two):
            yield path, _length(one), _length(two)
        for place, pair in enumerate(zip(one, two, strict=False)):
            yield from _differing(*pair, f"{path}[{place}]")
    elif one is two or (one == two and isinstance(one, bool) == isinstance(two, bool)):
        return
    else:
        yield path, _shown(one), _shown(two)


def _member(path: str, name: str) -> str:
    if _PLAIN_NAME.fullmatch(name):
        return f"{path}.{name}".removeprefix(".")
    return f"{path}[{json.dumps(_cut(name), ensure_ascii=False)}]"


def _length(values: list[Any]) -> str:
    return f"{len(values)} entr{'y' if len(values) == 1 else 'ies'}"


def _shown(value: Any) -> str:
    return "absent" if value is _ABSENT else json.dumps(value, ensure_ascii=False, default=str)


def _both(one: str, two: str) -> tuple[str, str]:
    """Both cut around the first character in which they differ."""
    at = next((place for place, pair in enumerate(zip(one, two, strict=False)) if pair[0] != pair[1]), 0)
    return _cut(one, at), _cut(two, at)


def _cut(text: str, around: int = 0) -> str:
    begin = max(0, min(around - LONGEST // 2, len(text) - LONGEST))
    end = begin + LONGEST
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"
