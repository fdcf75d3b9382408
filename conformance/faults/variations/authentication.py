"""Servers that authenticate differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.request import Request
from conformance.reference.response import Response


@permitted("R9")
def the_scheme_in_one_case_only(service: Service) -> None:
    """The scheme is compared literally; RFC 9110 would have it otherwise, and the ruling leaves it open."""
    authenticator = service.parts.authenticator
    proper = authenticator.token

    def token(request: Request) -> str | None:
        return proper(request) if (request.header("authorization") or "").startswith("Bearer ") else None

    authenticator.token = token  # type: ignore[method-assign]


@permitted("R9")
def huge_headers_are_refused_with_431(service: Service) -> None:
    """A proxy with a limit on header fields stands in front."""

    def change(request: Request, response: Response) -> Response:
        huge = len(request.header("authorization") or "") > 4096
        return Response(431, (("Content-Type", "text/html"),), b"<h1>Too large</h1>") if huge else response

    service.rewriters.append(change)


@permitted("R9")
def strange_bytes_are_a_bad_request(service: Service) -> None:
    """A proxy that refuses bytes outside ASCII in header fields."""

    def change(request: Request, response: Response) -> Response:
        strange = not (request.header("authorization") or "").isascii()
        return ApiError(400, "bad_request", "Bad header").response() if strange else response

    service.rewriters.append(change)


@permitted("R16")
def a_401_with_a_nested_error(service: Service) -> None:
    """Another shape of the error's body."""

    def change(request: Request, response: Response) -> Response:
        if response.status == 401 and request.route != "webhooks":
            return response.with_json({"success": False, "errors": [{"status": "401", "title": "Unauthorized"}]})
        return response

    service.rewriters.append(change)
