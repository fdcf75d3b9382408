"""The boundary values of each field, kept as data: what schemathesis's coverage phase makes of the contract.

The phase takes longer than the rest of a short run, so its values stand in `boundaries.json` under the digest of the
schemas they were made of. Where the contract differs they are made anew in each run, until the file is written again:

    python -m conformance.cases.boundaries
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.cases.bodies import OMIT
from conformance.cases.generated import bodies, fields_of, posts, reduced

KEPT = Path(__file__).with_name("boundaries.json")

Pair = tuple[str, Any]
"""A field, and a value or OMIT; without a field, the body as a whole."""


@cache
def boundaries(operation: str) -> tuple[Pair, ...]:
    """What the phase puts into each field, each once, valid and invalid, in its order. A pure function of the contract.

    Lists of keys are left out: invented keys are refused for another reason.
    """
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    if kept["of"] != digest():
        return made(operation)
    return tuple((field, *value) if value else (field, OMIT) for field, *value in kept[operation])


def made(operation: str) -> tuple[Pair, ...]:
    """The boundaries as schemathesis makes them now."""
    first: dict[tuple[str, str], Pair] = {}
    for field, value in _apart(operation):
        first.setdefault((field, "absent" if value is OMIT else json.dumps(value)), (field, value))
    return tuple(first.values())


def digest() -> str:
    """Of all that the boundaries are made of."""
    return hashlib.sha256(json.dumps(reduced()).encode()).hexdigest()


def written() -> str:
    """The content of the kept file as it should be: JSON, one pair on a line."""
    parts = [f'"of": "{digest()}"']
    for operation in posts():
        pairs = ",\n".join(json.dumps([field, *([] if value is OMIT else [value])]) for field, value in made(operation))
        parts.append(f'"{operation}": [\n{pairs}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _apart(operation: str) -> Iterator[Pair]:
    for body in bodies(operation):
        if not isinstance(body, dict):
            yield "", body
            continue
        for field in fields_of(operation):
            value = body.get(field, OMIT)
            if not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
                yield field, value


if __name__ == "__main__":
    KEPT.write_text(written(), encoding="utf-8")
