"""Bodies that are valid by default: a test names only what matters to it."""

from typing import Any

OMIT = object()
"""As a field's value: leave the field out of the valid body."""


def a_generation(**fields: Any) -> dict[str, Any]:
    """The body of a valid, cheapest generate call (1 credit), with these fields changed or, by OMIT, left out."""
    return _without_omitted({"prompt": "A lighthouse at dusk, 35mm lens, soft light", "quality": "low"} | fields)


def an_upload(**fields: Any) -> dict[str, Any]:
    """The body of a valid upload call, with these fields changed or, by OMIT, left out."""
    return _without_omitted({"filename": "photo.png", "contentType": "image/png", "size": 1024} | fields)


def _without_omitted(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not OMIT}
