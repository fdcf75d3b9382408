"""Bodies that are valid by default: a test names only what matters to it."""

import json
from hashlib import sha256
from typing import Any

from conformance.contract import documented, load

_LONGEST, _DIGITS = 60, 6
"""Characters of a body's name, and of its digest."""
OMIT = object()
"""As a field's value: leave the field out of the valid body."""
TOO_MANY = 2 * documented().images + 1
"""An `n` that no server takes."""


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


def name_of(body: Any) -> str:
    """A short name of a body, the same whoever sends it: what differs from the contract's example, and a digest."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    plain = {**a_generation(), **an_upload()}
    fields = body.items() if isinstance(body, dict) else ()
    words = ", ".join(f"{name} {json.dumps(value)}" for name, value in fields if plain.get(name) != value)
    digest = sha256(content).hexdigest()[:_DIGITS]
    return f"{words[:_LONGEST] or 'a body'} ({digest})"
