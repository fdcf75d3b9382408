"""What schemathesis makes of the contract's request bodies: the field validation is not written by hand.

Its coverage phase takes a second of a run that has two, so what it makes is kept beside this module, under the digest
of what it was made of. After a change of the contract it is made anew in each run until it is written again:

    python -m conformance.world.coverage

`iter_coverage_cases` is undocumented, so that schemathesis is pinned to a minor release and used nowhere else.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.client.api import OMIT
from conformance.contract import load

PATHS = {"generate": "/api/v1/generate", "upload": "/api/v1/upload"}
SCHEMAS = {"generate": "GenerateRequest", "upload": "UploadRequest"}
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
        first.setdefault((field, _text(value)), (field, value))
    return tuple(first.values())


def digest() -> str:
    """Of all that the boundaries are made of."""
    return hashlib.sha256(json.dumps(_reduced()).encode()).hexdigest()


def written() -> str:
    """The content of the kept file as it should be: JSON, one pair on a line."""
    parts = [f'"of": "{digest()}"']
    for operation in PATHS:
        pairs = ",\n".join(json.dumps([field, *([] if value is OMIT else [value])]) for field, value in made(operation))
        parts.append(f'"{operation}": [\n{pairs}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _apart(operation: str) -> Iterator[Pair]:
    names = load().document["components"]["schemas"][SCHEMAS[operation]]["properties"]
    for body in _bodies(operation):
        if not isinstance(body, dict):
            yield "", body
            continue
        for field in names:
            value = body.get(field, OMIT)
            if not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
                yield field, value


def _bodies(operation: str) -> tuple[Any, ...]:
    """Every JSON body that the phase makes for an operation, valid and invalid, in its order.

    Nothing but bodies is taken over: the phase's own methods, media types, credentials and idempotency keys are other
    suites' matter.
    """
    import schemathesis  # noqa: PLC0415 - heavy: paid only where the contract was changed
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 - as above

    schema = schemathesis.openapi.from_dict(_reduced())
    found = schema.iter_coverage_cases(
        schema[PATHS[operation]]["POST"],
        generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        generation_config=schema.config.generation,
    )
    return tuple(case.body for case in found if isinstance(case.body, _JSON))


_JSON = (dict, list, str, int, float, bool, type(None))


def _text(value: Any) -> str:
    return "absent" if value is OMIT else json.dumps(value)


def _reduced() -> dict[str, Any]:
    """The contract without all that would add cases on anything but the bodies, and without words."""
    document = load().document
    posts = {path: document["paths"][path]["post"]["requestBody"] for path in PATHS.values()}
    responses = {"200": {"description": "not judged here"}}
    return {
        "openapi": document["openapi"],
        "info": {"title": "request bodies", "version": "1"},
        "paths": {path: {"post": {"requestBody": _bare(body), "responses": responses}} for path, body in posts.items()},
        "components": {"schemas": {name: _bare(document["components"]["schemas"][name]) for name in SCHEMAS.values()}},
    }


def _bare(node: Any) -> Any:
    """A schema without titles, descriptions and our own extensions."""
    if isinstance(node, list):
        return [_bare(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    worded = {name for name in ("title", "description") if isinstance(node.get(name), str)}
    return {name: _bare(child) for name, child in node.items() if name not in worded and not name.startswith("x-")}


if __name__ == "__main__":
    KEPT.write_text(written(), encoding="utf-8")
