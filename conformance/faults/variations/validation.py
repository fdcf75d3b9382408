"""Conformant servers that are strict or lax where the documentation leaves it open."""

from dataclasses import replace
from functools import partial
from typing import Any

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import answer, reads, rereads, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError, Issue, invalid
from conformance.reference.response import Response
from conformance.reference.validation import Field, whole


@permitted("R15")
def null_is_as_good_as_absent(service: Service) -> None:
    """Chosen by servers whose language has no other absent."""
    optional = service.parts.validator.order_fields.keys() - {"prompt"}
    reads(service, "order", lambda content: {k: v for k, v in content.items() if v is not None or k not in optional})


@permitted("R15")
def two_point_zero_is_no_whole_number(service: Service) -> None:
    """Chosen by servers that read integers and floats as different types."""

    def check(value: Any) -> Any:
        yield from whole(value, least=1, most=4) if not isinstance(value, float) else [Issue((), "expected an integer")]

    fields = service.parts.validator.order_fields
    fields["n"] = Field(check, 1)


@permitted("R15")
def unknown_properties_are_refused(service: Service) -> None:
    """Chosen by servers with strict schemas."""

    def strict(known: set[str], content: dict[str, Any]) -> dict[str, Any]:
        if content.keys() - known:
            raise invalid([Issue((name,), "unknown") for name in sorted(content.keys() - known)])
        return content

    validator = service.parts.validator
    reads(service, "order", partial(strict, set(validator.order_fields)))
    reads(service, "upload", partial(strict, set(validator.upload_fields)))


@permitted("R15")
def only_json_is_read(service: Service) -> None:
    """Chosen by servers behind a gateway that checks media types."""

    def refuse(request: Any, response: Response) -> Response:
        strange = request.method == "POST" and "json" not in (request.header("content-type") or "")
        if not strange or request.route != "generate" or response.status == 401:
            return response
        return replace(ApiError(415, "media_type", "Send JSON.").response(), headers=response.headers)

    service.rewriters.append(refuse)


@permitted("R14")
def ten_megabytes_are_ten_million_bytes(service: Service) -> None:
    """Chosen by whoever counts in powers of ten."""
    service.parts.validator.upload_fields["size"] = Field(partial(whole, least=1, most=10_000_000))


@permitted("R13")
def characters_are_utf_16_units(service: Service) -> None:
    """Chosen by servers written in JavaScript or Java."""

    def check(value: Any, most: int) -> Any:
        if not isinstance(value, str):
            yield Issue((), "expected a string")
        elif not 1 <= len(value.encode("utf-16-le", "surrogatepass")) // 2 <= most:
            yield Issue((), f"expected 1 to {most} characters")

    validator = service.parts.validator
    validator.order_fields["prompt"] = Field(partial(check, most=4000))
    validator.upload_fields["filename"] = Field(partial(check, most=200))


@permitted("R15")
def upload_refuses_with_other_statuses(service: Service) -> None:
    """Chosen by servers that distinguish kinds of refusal: 413 for sizes, 415 for media types, 422 for the rest."""

    def change(response: Response) -> Response:
        paths = [issue["path"] for issue in response.json()["error"].get("issues", [])]
        return replace(response, status=413 if ["size"] in paths else 415 if ["contentType"] in paths else 422)

    writes(service, answer("upload", 400), change)


@permitted("R15")
def messages_are_flat(service: Service) -> None:
    """Chosen by servers that hand on Zod's flattened errors."""

    def flatten(response: Response) -> Response:
        issues = response.json()["error"].get("issues", [])
        fields = {str(issue["path"][0]): [issue["message"]] for issue in issues if issue["path"]}
        return response.with_json({"formErrors": ["Invalid input"], "fieldErrors": fields})

    writes(service, answer("generate", 400), flatten)


@permitted("R15")
def messages_begin_with_a_capital(service: Service) -> None:
    """Chosen by servers that speak to people: Prompt is too long."""

    def speak(response: Response) -> Response:
        issues = response.json()["error"].get("issues", [])
        names = [str(issue["path"][0]) for issue in issues if issue["path"]]
        return response.with_json({"message": " ".join(f"{name[:1].upper()}{name[1:]} is invalid." for name in names)})

    writes(service, answer("generate", 400), speak)


@permitted("R15")
def an_edit_without_keys_is_told_by_its_type(service: Service) -> None:
    """Chosen by servers that check the type against the rest."""
    service.parts.validator.edit_needs_keys = lambda given: iter(  # type: ignore[method-assign]
        [Issue(("type",), "an edit needs images")] if given["type"] == "edit" and not given["inputImageKeys"] else []
    )


@permitted("R15")
def a_byte_order_mark_is_skipped(service: Service) -> None:
    """Chosen by servers that read files as well."""
    for operation in ("order", "upload"):
        rereads(service, operation, lambda body: body.removeprefix(b"\xef\xbb\xbf"))


@permitted("R15")
def an_invented_key_is_not_found(service: Service) -> None:
    """Chosen by servers that look keys up: 404."""

    def change(response: Response) -> Response:
        return replace(response, status=404) if b"uploaded with this key" in response.body else response

    writes(service, answer("generate", 400), change)
