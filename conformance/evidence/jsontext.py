"""JSON as a hostile peer may write it (RFC 8259), read within limits."""

import json
import math
from functools import lru_cache
from typing import Any

from conformance.limits import JSON_DEPTH, JSON_DIGITS

_CACHED_BYTES = 16 * 1024


def read_json(body: bytes) -> Any:
    """The JSON text's value. Raises ValueError for what is no JSON in UTF-8, or nothing that programs exchange.

    An integer of many digits is read as a floating-point number, one of thousands is refused. A number beyond the range
    of a double is infinite, and equals no value that is documented. Half a surrogate pair, which is no character but is
    JSON (section 8.2), is read as U+FFFD.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_int=_integer, parse_constant=_refused)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not _shallow(value):
        raise ValueError("nested too deeply")
    if b"\\ud" in body.lower():
        return _of_characters(value)
    return value


def parsed(body: bytes) -> Any:
    """The same; None where it raises."""
    return _cached(body) if len(body) <= _CACHED_BYTES else _parsed(body)


def _parsed(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        return None


_cached = lru_cache(maxsize=1024)(_parsed)


def _of_characters(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_of_characters(name): _of_characters(member) for name, member in value.items()}
    return [_of_characters(member) for member in value] if isinstance(value, list) else value


def _integer(text: str) -> int | float:
    number = int(text)  # a ValueError beyond 4300 digits, where reading takes quadratic time
    return number if len(text) <= JSON_DIGITS else float(text)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _shallow(value: Any) -> bool:
    level, depth = _containers([value]), 0
    while level:
        depth += 1
        if depth > JSON_DEPTH:
            return False
        level = [inner for outer in level for inner in _containers(outer)]
    return True


def _containers(value: Any) -> list[Any]:
    members = value.values() if isinstance(value, dict) else value
    return [member for member in members if isinstance(member, dict | list)]


def within_range(value: Any) -> bool:
    """Whether a JSON number has a value that a double can hold."""
    return not isinstance(value, float) or math.isfinite(value)
