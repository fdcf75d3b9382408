"""What was expected and what came, in short phrases for people."""

import json
from collections.abc import Callable
from typing import Any

LONGEST = 80
ABSENT = "nothing"


def received(value: Any, *, secret: bool = False) -> str:
    """The value as JSON, cut to 80 characters; of a secret only what kind of value it is."""
    if secret:
        return f"a string of {len(value)} characters" if isinstance(value, str) else f"a {type(value).__name__}"
    return shortened(json.dumps(value, ensure_ascii=False))


def unreadable(text: bytes, *, secret: bool = False) -> str:
    """Bytes that are not what they should be."""
    if not text:
        return ABSENT
    return f"{len(text)} bytes" if secret else shortened(repr(text.decode(errors="replace")))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def expected(keyword: str, schema: dict[str, Any]) -> str:
    """What the keyword of the schema asks for; a schema's title says it better than a pattern does.

    In a title, `{maximum}` and the like stand for the schema's own.
    """
    if "title" in schema:
        return str(schema["title"]).format_map(schema)
    phrase = _PHRASES.get(keyword)
    return phrase(schema[keyword]) if phrase else f"what the contract says under {keyword}"


def _either(values: list[Any]) -> str:
    *most, last = (json.dumps(value, ensure_ascii=False) for value in values)
    return f"{', '.join(most)} or {last}" if most else last


def _types(names: str | list[str]) -> str:
    kinds = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    return " or ".join(kinds)


_TYPES = {
    "string": "a string", "array": "a list", "object": "an object", "number": "a number",
    "integer": "a whole number", "boolean": "true or false", "null": "null",
}  # fmt: skip

_PHRASES: dict[str, Callable[[Any], str]] = {
    "type": _types,
    "const": lambda value: _either([value]),
    "enum": _either,
    "minLength": lambda least: "a non-empty string" if least == 1 else f"at least {least} characters",
    "maxLength": lambda most: f"at most {most} characters",
    "minimum": lambda least: f"a number of at least {least}",
    "maximum": lambda most: f"a number of at most {most}",
    "minItems": lambda least: f"a list of at least {least}",
    "maxItems": lambda most: f"a list of at most {most}",
    "pattern": lambda pattern: f"a string that matches {pattern}",
}
