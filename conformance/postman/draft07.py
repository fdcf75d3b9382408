"""Schemas of the contract in the dialect that Postman's sandbox reads: JSON Schema draft 7, without references."""

from collections.abc import Mapping
from typing import Any

from conformance.contract.part import Part

NOTES = frozenset({"title", "description", "examples", "default"})
"""What says nothing of a value."""
NAMED = frozenset({"properties", "definitions"})
"""Under which the keys are names, and no keywords."""


def plain(part: Part) -> dict[str, Any]:
    """The schema, with all that it refers to in place of the reference.

    Only what both dialects mean alike may stand in it; a keyword that draft 7 does not have raises ValueError.
    """
    kept = {key: value for key, value in part.node.items() if key not in NOTES and not key.startswith("x-")}
    if strange := kept.keys() & {
        "prefixItems",
        "unevaluatedProperties",
        "dependentRequired",
        "dependentSchemas",
        "$defs",
    }:
        raise ValueError(f"{part.pointer}: draft 7 has no {', '.join(sorted(strange))}")
    return {key: _value(part, key, value) for key, value in kept.items() if key != "$ref"}


def _value(part: Part, key: str, value: Any) -> Any:
    if key in NAMED:
        return {name: plain(part.into(key, name)) for name in value}
    if isinstance(value, Mapping):
        return plain(part.into(key))
    if isinstance(value, list) and key in {"allOf", "anyOf", "oneOf"}:
        return [plain(part.into(key, index)) for index in range(len(value))]
    return value
