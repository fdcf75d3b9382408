"""What schemathesis makes of the contract's request bodies: the field validation is not written by hand.

`iter_coverage_cases` is undocumented, so that schemathesis is pinned to a minor release and used nowhere else.
"""

from functools import cache
from typing import Any

from conformance.contract import load

PATHS = {"generate": "/api/v1/generate", "upload": "/api/v1/upload"}
SCHEMAS = ("GenerateRequest", "UploadRequest")


@cache
def bodies(operation: str) -> tuple[Any, ...]:
    """Every JSON body that the phase makes for an operation, valid and invalid, in its order.

    A pure function of the contract. Nothing but bodies is taken over: the phase's own methods, media types,
    credentials and idempotency keys are other suites' matter.
    """
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 - heavy: paid only by runs that need it

    schema = _schema()
    found = schema.iter_coverage_cases(
        schema[PATHS[operation]]["POST"],
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

    @seeded(seed)
    @settings(
        max_examples=count, phases=[Phase.generate], database=None, deadline=None, backend=BACKEND,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=_schema()[PATHS[operation]]["POST"].as_strategy(mode))
    def collect(case: Any) -> None:
        found.append(case.body)

    collect()
    return tuple(body for body in found if isinstance(body, _JSON))


@cache
def _schema() -> Any:
    import schemathesis  # noqa: PLC0415 - as above

    return schemathesis.openapi.from_dict(_reduced())


_JSON = (dict, list, str, int, float, bool, type(None))


def _reduced() -> dict[str, Any]:
    """The contract without all that would add cases on anything but the bodies."""
    document = load().document
    return {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": {
            path: {
                "post": {
                    "requestBody": document["paths"][path]["post"]["requestBody"],
                    "responses": {"200": {"description": "not judged here"}},
                }
            }
            for path in PATHS.values()
        },
        "components": {"schemas": {name: document["components"]["schemas"][name] for name in SCHEMAS}},
    }
