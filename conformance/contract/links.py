"""Links: how the contract says that one operation's response leads to the next request (OpenAPI 3.1, 4.8.20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract.operation import Operation

BODY = "$response.body#"


@dataclass(frozen=True, slots=True)
class Link:
    """A request that a response leads to: its operation, path parameters and body."""

    operation: str
    parameters: Mapping[str, Any]
    body: Any = None


def follow(operation: Operation, status: int, name: str, response: Any) -> Link:
    """The link of this name, filled in from the response's JSON body.

    Only expressions on that body are used in the contract. Raises LookupError where the contract has no such link, or
    the body lacks what it takes.
    """
    found = operation.part.into("responses", str(status), "links", name).node
    return Link(
        found["operationId"],
        _filled(found.get("parameters", {}), response),
        _filled(found.get("requestBody"), response),
    )


def _filled(template: Any, response: Any) -> Any:
    """The template with its runtime expressions (OpenAPI 3.1, 4.8.20.4) replaced by what they point at."""
    if isinstance(template, str) and template.startswith(BODY):
        return _at(response, template.removeprefix(BODY))
    if isinstance(template, list):
        return [_filled(entry, response) for entry in template]
    if isinstance(template, dict):
        return {name: _filled(entry, response) for name, entry in template.items()}
    return template


def _at(value: Any, pointer: str) -> Any:
    """JSON pointer (RFC 6901) into objects."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            raise LookupError(f"the body has no {pointer}")
        value = value[name]
    return value
