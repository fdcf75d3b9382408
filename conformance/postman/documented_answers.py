"""What the contract says of each answer, as data for the script that runs after every request."""

import re
from typing import Any

from conformance.contract import Contract, Operation
from conformance.contract.part import Part
from conformance.postman.draft07 import plain

_JSON = "application/json"


def answers(contract: Contract) -> list[dict[str, Any]]:
    """One entry for each operation that is called with an API key: its method, its path as a pattern, its answers."""
    return [
        {
            "method": found.method,
            "path": _pattern(found.path),
            "answers": {key: _due(found, key) for key in found.statuses},
        }
        for found in contract.keyed.values()
    ]


def _pattern(path: str) -> str:
    """Whatever stands before: a server may offer the API below a path of its own."""
    return re.sub(r"\{[^}]*\}", "[^/]+", path) + "$"


def _due(operation: Operation, status: str) -> dict[str, Any]:
    response = operation.part.into("responses", status)
    stand_in = response.node.get("x-on-replay")
    content = response.find("content", _JSON)
    due: dict[str, Any] = {"headers": _headers(response)}
    if absent := _absent(operation, response):
        due["absent"] = absent
    if content is not None and "x-requirements" in content.node:
        due["json"] = True
    if content is not None and (schema := plain(content.into("schema"))):
        due["schema"] = {"anyOf": [schema, _schema(operation, stand_in)]} if stand_in else schema
    return due


def _schema(operation: Operation, status: str) -> dict[str, Any]:
    return plain(operation.part.into("responses", status, "content", _JSON, "schema"))


def _headers(response: Part) -> dict[str, dict[str, Any]]:
    declared = response.find("headers")
    found = dict(declared.children()) if declared else {}
    return {name: _rule(part.into("schema")) for name, part in found.items() if part.node.get("required")}


def _rule(schema: Part) -> dict[str, Any]:
    title = schema.node["title"].format_map(schema.node)
    return {"title": title, **{key: schema.node[key] for key in ("const", "minimum", "maximum") if key in schema.node}}


def _absent(operation: Operation, response: Part) -> list[str]:
    """The headers that other answers of the operation keep for themselves."""
    own = response.node.get("headers", {})
    elsewhere = (operation.part.into("responses", key).find("headers") for key in operation.statuses)
    claimed = {
        name for part in elsewhere if part for name, header in part.children() if "x-absent-elsewhere" in header.node
    }
    return sorted(claimed - own.keys())
