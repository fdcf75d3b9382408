"""Servers whose validation depends on which other fields there are, and that break what links lead to."""

import json
from collections.abc import Callable
from typing import Any

from conformance.faults.bodies import reads
from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import Issue, invalid, not_found
from conformance.reference.model import Account, Generation

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
def a_type_and_a_size_exclude_each_other(service: Service) -> None:
    """A union of schemas in which the one with a type has no size: only clients that spell everything out notice."""
    _refuses(service, "order", lambda body: body.get("type") == "text2img" and "size" in body, "size")


@breaks("UP-1")
def a_jpeg_must_be_called_one(service: Service) -> None:
    """The media type is compared with the ending of a name that is for display only."""
    _refuses(
        service,
        "upload",
        lambda body: body["contentType"] == "image/jpeg" and not body["filename"].endswith(".jpg"),
        "filename",
    )


@breaks("GEN-2")
def an_edit_needs_a_size(service: Service) -> None:
    """The default is that of text2img only: the shortest edit that the documentation allows is refused."""
    _refuses(service, "order", lambda body: body.get("type") == "edit" and "size" not in body, "size")


@breaks("LIFE-1")
def edits_are_looked_for_elsewhere(service: Service) -> None:
    """Edits are kept in a table of their own, which polling does not look into."""
    find = service.studio.find

    def found(account: Account, generation_id: str) -> Generation:
        generation = find(account, generation_id)
        if generation.order.type == "edit":
            raise not_found("generation")
        return generation

    service.studio.find = found  # type: ignore[method-assign]
