"""Servers that authenticate differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import (
    ANY,
    answer,
    authorization_of,
    becomes,
    json_becomes,
    on_response,
    on_result,
    refusal,
)
from conformance.reference import Service
from conformance.reference.response import Response


@permitted("R9")
def the_scheme_in_one_case_only(service: Service) -> None:
    """The scheme is compared literally; RFC 9110 would have it otherwise, and the ruling leaves it open."""
    on_result(
        service.parts.authenticator,
        "token",
        lambda token, request: token if authorization_of(request).startswith("Bearer ") else None,
    )


@permitted("R9")
def huge_headers_are_refused_with_431(service: Service) -> None:
    """A proxy with a limit on header fields stands in front."""
    too_large = Response(431, (("Content-Type", "text/html"),), b"<h1>Too large</h1>")
    on_response(service, answer(ANY, to=lambda request: len(authorization_of(request)) > 4096), becomes(too_large))


@permitted("R9")
def strange_bytes_are_a_bad_request(service: Service) -> None:
    """A proxy that refuses bytes outside ASCII in header fields."""
    strange = answer(ANY, to=lambda request: not authorization_of(request).isascii())
    on_response(service, strange, becomes(refusal(400, "Bad header")))


@permitted("R16")
def a_401_with_a_nested_error(service: Service) -> None:
    """Another shape of the error's body."""
    nested = {"success": False, "errors": [{"status": "401", "title": "Unauthorized"}]}
    by_key = answer(ANY, 401, to=lambda request: request.route != "webhooks")
    on_response(service, by_key, json_becomes(lambda _: nested))
