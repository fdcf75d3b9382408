"""The coverage phase of schemathesis over the contract's request bodies: the field validation is not written by hand.

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
    import schemathesis  # noqa: PLC0415 - heavy: paid only by runs that include the validation suite
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 - as above

    schema = schemathesis.openapi.from_dict(_reduced())
    found = schema.iter_coverage_cases(
        schema[PATHS[operation]]["POST"],
        generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        generation_config=schema.config.generation,
    )
    return tuple(case.body for case in found if isinstance(case.body, _JSON))


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
