"""The JSON Schemas of a line of the evidence, made from the frozen values that stand in it."""

from typing import Any

from pydantic import TypeAdapter

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt

_BODY = {
    "body": {"type": "string", "description": "The bytes, where they are UTF-8. Absent: there are none."},
    "base64": {"type": "string", "contentEncoding": "base64", "description": "The bytes, where they are not UTF-8."},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The bytes are in bodies/<sha256>.gz."},
    "size": {"type": "integer", "minimum": 0, "description": "Of what is kept there."},
}


def evidence_schemas() -> dict[str, dict[str, Any]]:
    """By kind, as `exchanges.schema.json` and `attempts.schema.json` are shipped."""
    return {"exchanges": _of(Exchange), "attempts": _of(Attempt)}


def _of(kind: type) -> dict[str, Any]:
    plain = TypeAdapter(kind).json_schema(mode="serialization")
    for part in (plain, *plain.get("$defs", {}).values()):
        _as_a_line(part)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **plain}


def _as_a_line(part: dict[str, Any]) -> None:
    """What has its default may be left out, and a body stands there in one of its forms."""
    properties = part["properties"]
    required = [name for name in part.get("required", ()) if name != "body" and "default" not in properties[name]]
    part |= {"required": required} if required else {}
    if "body" in properties:
        part["properties"] = {name: value for name, value in properties.items() if name != "body"} | _BODY
        part["dependentRequired"] = {"sha256": ["size"], "size": ["sha256"]}
