"""Servers whose validation of one field depends on the others."""

import json
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import reads
from conformance.reference import Service
from conformance.reference.errors import Issue, invalid

Body = dict[str, Any]


@breaks("GEN-19")
def the_quality_is_not_checked_beside_a_size(service: Service) -> None:
    """Two overloads of one schema: whoever names a size gets any quality, which then is a default nobody chose."""
    known = service.parts.rules.qualities
    reads(service, "order", lambda body: _without(body, "quality") if "size" in body and not _in(body, known) else body)


def _in(body: Body, known: tuple[str, ...]) -> bool:
    return body.get("quality", known[0]) in known


def _without(body: Body, name: str) -> Body:
    return {field: value for field, value in body.items() if field != name}


@breaks("UP-4")
def the_filename_of_a_webp_is_not_checked(service: Service) -> None:
    """A branch that came later than the checks: null is stored as a name, and shown as one."""
    reads(service, "upload", lambda body: body | ({"filename": "x"} if body.get("contentType") == "image/webp" else {}))


def _refuses(service: Service, operation: str, when: Callable[[Body], bool], field: str) -> None:
    """A valid body is refused where this holds of it."""
    validator = service.parts.validator
    proper = getattr(validator, operation)

    def judged(body: bytes) -> Any:
        order = proper(body)
        if when(json.loads(body)):
            raise invalid([Issue((field,), "does not go with the others")])
        return order

    setattr(validator, operation, judged)


@breaks("GEN-1")
def a_short_prompt_beside_a_size_is_refused(service: Service) -> None:
    """A filter against typing errors guards the form with options only: a prompt of two letters is a prompt."""
    _refuses(service, "order", lambda body: "size" in body and len(body["prompt"]) < 3, "prompt")


@breaks("UP-1")
def a_jpeg_must_be_called_one(service: Service) -> None:
    """The media type is compared with the ending of a name that is for display only."""
    _refuses(
        service,
        "upload",
        lambda body: body["contentType"] == "image/jpeg" and not body["filename"].endswith(".jpg"),
        "filename",
    )
