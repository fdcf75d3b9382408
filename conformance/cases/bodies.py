"""Bodies that are valid by default: a test names only what matters to it."""

from typing import Any

from conformance.contract import load

OMIT = object()
"""As a field's value: leave the field out of the valid body."""


def a_body(operation: str, **fields: Any) -> dict[str, Any]:
    """The cheapest valid body of the operation, with these fields changed or, by OMIT, left out."""
    body = {**load().operations[operation].example, **fields}
    return {name: value for name, value in body.items() if value is not OMIT}


def a_generation(**fields: Any) -> dict[str, Any]:
    """The body of a valid, cheapest generate call (1 credit), with these fields changed or, by OMIT, left out."""
    return a_body("generate", **fields)


def an_upload(**fields: Any) -> dict[str, Any]:
    """The body of a valid upload call, with these fields changed or, by OMIT, left out."""
    return a_body("upload", **fields)
