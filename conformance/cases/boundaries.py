"""The boundary values of each field, kept as data: what schemathesis's coverage phase makes of the contract.

The phase takes longer than the rest of a short run, so its values are kept in `boundaries.json`.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.cases.bodies import OMIT
from conformance.cases.generated import bodies, fields_of, posts
from conformance.cases.kept import kept, text_of

KEPT = Path(__file__).with_name("boundaries.json")

Pair = tuple[str, Any]
"""A field, and a value or OMIT; without a field, the body as a whole."""


@cache
def boundaries(operation: str) -> tuple[Pair, ...]:
    """What the phase puts into each field, each once, valid and invalid, in its order. A pure function of the contract.

    Lists of keys are left out: invented keys are refused for another reason.
    """
    lists = kept(KEPT)
    if lists is None:
        return made(operation)
    return tuple((field, *value) if value else (field, OMIT) for field, *value in lists[operation])


def made(operation: str) -> tuple[Pair, ...]:
    """The boundaries as schemathesis makes them now."""
    first: dict[tuple[str, str], Pair] = {}
    for field, value in _apart(operation):
        first.setdefault((field, "absent" if value is OMIT else json.dumps(value)), (field, value))
    return tuple(first.values())


def written() -> str:
    """The content of the kept file as it should be: by operation, one pair on a line."""
    return text_of({operation: map(_as_json, made(operation)) for operation in posts()})


def _as_json(pair: Pair) -> str:
    field, value = pair
    return json.dumps([field] if value is OMIT else [field, value])


def _apart(operation: str) -> Iterator[Pair]:
    for body in bodies(operation):
        if not isinstance(body, dict):
            yield "", body
            continue
        for field in fields_of(operation):
            value = body.get(field, OMIT)
            if not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
                yield field, value
