"""What schemathesis makes of the contract's request bodies: the field validation is not written by hand.

`iter_coverage_cases` is undocumented, so that schemathesis is pinned to a minor release and used nowhere else.
"""

from functools import cache
from typing import Any
from zlib import crc32

from conformance.contract import Operation, load

JSON = "application/json"


@cache
def bodies(operation: str) -> tuple[Any, ...]:
    """Every JSON body that the phase makes for an operation, valid and invalid, in its order.

    A pure function of the contract. Nothing but bodies is taken over: the phase's own methods, media types,
    credentials and idempotency keys are other suites' matter.
    """
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 - heavy: paid only by runs that need it

    schema = _schema()
    found = schema.iter_coverage_cases(
        schema[load().operations[operation].path]["POST"],
        generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        generation_config=schema.config.generation,
    )
    return tuple(case.body for case in found if isinstance(case.body, _JSON))


@cache
def drawn(operation: str, *, valid: bool, seed: int, count: int) -> tuple[Any, ...]:
    """`count` JSON bodies drawn at random, fewer where some are not JSON; pure in contract and seed."""
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 - as above
    from hypothesis import seed as seeded  # noqa: PLC0415 - as above
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 - as above

    from conformance.cases.repeatable import BACKEND  # noqa: PLC0415 - as above

    mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
    found: list[Any] = []

    @seeded(crc32(f"{'valid' if valid else 'invalid'} {operation} {seed}".encode()))  # no two rows from the same dice
    @settings(
        max_examples=count, phases=[Phase.generate], database=None, deadline=None, backend=BACKEND,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=_schema()[load().operations[operation].path]["POST"].as_strategy(mode))
    def collect(case: Any) -> None:
        found.append(case.body)

    collect()
    return tuple(body for body in found if isinstance(body, _JSON))


@cache
def _schema() -> Any:
    import schemathesis  # noqa: PLC0415 - as above

    schema = schemathesis.openapi.from_dict(reduced())
    # Of all of Unicode, Hypothesis would first list the characters that can be encoded, which takes seconds.
    schema.config.generation.update(codec="ascii", allow_x00=False)
    return schema


_JSON = (dict, list, str, int, float, bool, type(None))


def posts() -> dict[str, Operation]:
    """The operations whose bodies are made, by their names."""
    operations = load().keyed.values()
    return {operation.id: operation for operation in operations if operation.method == "POST" and operation.takes_body}


def fields_of(operation: str) -> list[str]:
    """The names of the fields that the contract gives a body."""
    return list(_resolved(load().operations[operation])["properties"])


def reduced() -> dict[str, Any]:
    """The contract without all that would add cases on anything but the bodies, and without words."""
    responses = {"200": {"description": "not judged here"}}
    return {
        "openapi": load().document["openapi"],
        "info": {"title": "request bodies", "version": "1"},
        "paths": {
            operation.path: {"post": {"requestBody": _with_schema(operation), "responses": responses}}
            for operation in posts().values()
        },
    }


def _with_schema(operation: Operation) -> dict[str, Any]:
    """The request body, its schema in place of a reference to it."""
    body: dict[str, Any] = _bare(operation.part.node["requestBody"])
    return body | {"content": {JSON: body["content"][JSON] | {"schema": _bare(_resolved(operation))}}}


def _resolved(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = operation.part.into("requestBody", "content", JSON, "schema").node
    return found


def _bare(node: Any) -> Any:
    """A schema without titles, descriptions and our own extensions."""
    if isinstance(node, list):
        return [_bare(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    worded = {name for name in ("title", "description") if isinstance(node.get(name), str)}
    return {name: _bare(child) for name, child in node.items() if name not in worded and not name.startswith("x-")}
