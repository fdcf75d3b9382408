"""Conformant servers that are strict or lax where the documentation leaves it open."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    INVALID,
    Object,
    answer,
    around,
    becomes_refusal,
    change_field,
    json_becomes,
    on_body,
    on_content,
    on_response,
    status_becomes,
)
from conformance.reference import Service
from conformance.reference.errors import Issue, invalid
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R15")
def null_is_as_good_as_absent(service: Service) -> None:
    """Chosen by servers whose language has no other absent."""
    optional = service.parts.validator.order_fields.keys() - {"prompt"}
    on_content(
        service, "order", lambda content: {k: v for k, v in content.items() if v is not None or k not in optional}
    )


@permitted("R15")
def two_point_zero_is_no_whole_number(service: Service) -> None:
    """Chosen by servers that read integers and floats as different types."""
    proper = service.parts.validator.order_fields["n"].check

    def check(value: Any) -> Iterator[Issue]:
        yield from [Issue((), "expected an integer")] if isinstance(value, float) else proper(value)

    change_field(service, "order", "n", check=check)


@permitted("R15")
def unknown_properties_are_refused(service: Service) -> None:
    """Chosen by servers with strict schemas."""

    def strict(known: AbstractSet[str]) -> Callable[[Object], Object]:
        def change(content: Object) -> Object:
            if unknown := content.keys() - known:
                raise invalid([Issue((name,), "unknown") for name in sorted(unknown)])
            return content

        return change

    on_content(service, "order", strict(service.parts.validator.order_fields.keys()))
    on_content(service, "upload", strict(service.parts.validator.upload_fields.keys()))


@permitted("R15")
def only_json_is_read(service: Service) -> None:
    """Chosen by servers behind a gateway that checks media types."""

    def strange(request: Request, response: Response) -> bool:
        other = request.method == "POST" and "json" not in (request.header("content-type") or "")
        return other and request.route == "generate" and response.status != 401

    on_response(service, strange, becomes_refusal(415, "Send JSON."))


@permitted("R15")
def what_is_not_sent_as_json_is_one_text(service: Service) -> None:
    """Chosen by frameworks that parse by media type: any other body is no object, and no field of it is looked at."""

    def strange(request: Request, response: Response) -> bool:
        other = request.method == "POST" and "json" not in (request.header("content-type") or "")
        return other and request.route in {"generate", "upload"} and response.status != 401

    on_response(service, strange, becomes_refusal(400, "body: expected an object"))


@permitted("R14")
def ten_megabytes_are_ten_million_bytes(service: Service) -> None:
    """Chosen by whoever counts in powers of ten."""
    change_field(service, "upload", "size", most=service.parts.rules.upload_bytes_max // 1024**2 * 1000**2)


@permitted("R13")
def characters_are_utf_16_units(service: Service) -> None:
    """Chosen by servers written in JavaScript or Java."""

    def check(value: Any, most: int) -> Iterator[Issue]:
        if not isinstance(value, str):
            yield Issue((), "expected a string")
        elif not 1 <= len(value.encode("utf-16-le", "surrogatepass")) // 2 <= most:
            yield Issue((), f"expected 1 to {most} characters")

    change_field(service, "order", "prompt", check=check, most=service.parts.rules.prompt_max)
    change_field(service, "upload", "filename", check=check, most=service.parts.rules.filename_max)


def _issues(content: Object) -> list[Object]:
    return list(content["error"].get("issues", []))


@permitted("R15")
def upload_refuses_with_other_statuses(service: Service) -> None:
    """Chosen by servers that distinguish kinds of refusal: 413 for sizes, 415 for media types, 422 for the rest."""

    def change(_: Request, response: Response) -> Response:
        paths = [issue["path"] for issue in _issues(response.json())]
        return replace(response, status=413 if ["size"] in paths else 415 if ["contentType"] in paths else 422)

    on_response(service, answer("upload", 400), change)


@permitted("R15")
def messages_are_flat(service: Service) -> None:
    """Chosen by servers that hand on Zod's flattened errors."""

    def flat(content: Object) -> Object:
        fields = {str(issue["path"][0]): [issue["message"]] for issue in _issues(content) if issue["path"]}
        return {"formErrors": ["Invalid input"], "fieldErrors": fields}

    on_response(service, INVALID, json_becomes(flat))


@permitted("R15")
def messages_begin_with_a_capital(service: Service) -> None:
    """Chosen by servers that speak to people: Prompt is too long."""

    def spoken(content: Object) -> Object:
        names = [str(issue["path"][0]) for issue in _issues(content) if issue["path"]]
        return {"message": " ".join(f"{name[:1].upper()}{name[1:]} is invalid." for name in names)}

    on_response(service, INVALID, json_becomes(spoken))


@permitted("R15")
def an_edit_without_keys_is_told_by_its_type(service: Service) -> None:
    """Chosen by servers that check the type against the rest."""

    def told(_: object, given: Object) -> Iterator[Issue]:
        if given["type"] == "edit" and not given["inputImageKeys"]:
            yield Issue(("type",), "an edit needs images")

    around(service.parts.validator, "edit_needs_keys", told)


@permitted("R15")
def a_byte_order_mark_is_skipped(service: Service) -> None:
    """Chosen by servers that read files as well."""
    for operation in ("order", "upload"):
        on_body(service, operation, lambda body: body.removeprefix(b"\xef\xbb\xbf"))


@permitted("R15")
def an_invented_key_is_not_found(service: Service) -> None:
    """Chosen by servers that look keys up: 404."""
    on_response(service, answer("generate", 400, saying=b"uploaded with this key"), status_becomes(404))
