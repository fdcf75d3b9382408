"""Servers whose validation of one field depends on the others."""

import json
from collections.abc import Callable
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import OMIT, Object, Proper, around, on_content
from conformance.reference import Service
from conformance.reference.errors import Issue, invalid


@breaks("GEN-19")
def the_quality_is_not_checked_beside_a_size(service: Service) -> None:
    """One of two overloads of the schema lacks a check: whoever names a size gets a default quality nobody chose."""
    known = service.parts.rules.qualities

    def lenient(body: Object) -> Object:
        wrong = "size" in body and body.get("quality", known[0]) not in known
        return body | {"quality": OMIT} if wrong else body

    on_content(service, "order", lenient)


@breaks("UP-4")
def the_filename_of_a_webp_is_not_checked(service: Service) -> None:
    """A branch that came later than the checks skips them: null is stored as a name, and shown as one."""
    on_content(
        service, "upload", lambda body: body | ({"filename": "x"} if body.get("contentType") == "image/webp" else {})
    )


def _refuses_together(service: Service, operation: str, field: str, when: Callable[[Object], bool]) -> None:
    """A valid body is refused where this holds of it."""

    def judged(proper: Proper, body: bytes) -> Any:
        order = proper(body)
        if when(json.loads(body)):
            raise invalid([Issue((field,), "does not go with the others")])
        return order

    around(service.parts.validator, operation, judged)


@breaks("GEN-1")
def a_short_prompt_beside_a_size_is_refused(service: Service) -> None:
    """A filter against typing errors guards the form with options only: a prompt of two letters is refused there."""
    _refuses_together(service, "order", "prompt", lambda body: "size" in body and len(body["prompt"]) < 3)


@breaks("UP-1")
def a_jpeg_must_be_called_one(service: Service) -> None:
    """The media type is compared with the ending of a name that is for display only: renamed photos are refused."""
    _refuses_together(
        service,
        "upload",
        "filename",
        lambda body: body["contentType"] == "image/jpeg" and not body["filename"].endswith(".jpg"),
    )
