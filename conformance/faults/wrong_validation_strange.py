"""Servers that break on what few clients send."""

import json
from collections.abc import Callable
from typing import Any

from conformance.faults.bodies import answer, rereads
from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.request import Request
from conformance.reference.response import Response


def _throws(service: Service, operation: str, when: Callable[[bytes], bool], status: int = 500) -> None:
    """An exception that nobody catches, for bodies like these."""

    def change(body: bytes) -> bytes:
        if when(body):
            raise ApiError(status, "internal", "oops")
        return body

    rereads(service, operation, change)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _text(body: bytes, name: str) -> str:
    content = _parsed(body)
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""


@breaks("API-2")
def what_is_not_utf_8_is_an_exception(service: Service) -> None:
    """The body is decoded before anything is caught: a client with an old code page sees a server error."""
    _throws(service, "order", lambda body: body.decode(errors="ignore").encode() != body)


@breaks("API-2")
def a_null_character_is_an_exception(service: Service) -> None:
    """The database stores no such character: what was pasted from elsewhere is a server error."""
    _throws(service, "order", lambda body: "\0" in _text(body, "prompt"))


@breaks("API-2")
def half_an_emoji_is_an_exception(service: Service) -> None:
    """A prompt that was cut off in the middle of an emoji cannot be written in UTF-8."""
    _throws(service, "order", lambda body: any("\ud800" <= c <= "\udfff" for c in _text(body, "prompt")))


@breaks("API-2")
def nesting_is_an_exception(service: Service) -> None:
    """The parser calls itself for each bracket, until it may not."""
    _throws(service, "order", lambda body: b"[" * 1000 in body)


@breaks("API-2")
def an_overflow_is_an_exception(service: Service) -> None:
    """A number that is infinite is converted to a whole one."""
    _throws(service, "order", lambda body: b"1e400" in body)


@breaks("API-2")
def a_null_character_in_a_name_is_an_exception(service: Service) -> None:
    """The same for filenames."""
    _throws(service, "upload", lambda body: "\0" in _text(body, "filename"))


@breaks("API-2")
def a_line_break_in_a_name_is_an_exception(service: Service) -> None:
    """The name is put into a header of the storage's, which takes none."""
    _throws(service, "upload", lambda body: "\n" in _text(body, "filename"))


@breaks("API-2")
def a_null_character_ends_the_worker(service: Service) -> None:
    """What crashes is started again at once; the gateway answers 502 meanwhile, as for any hiccup."""
    _throws(service, "order", lambda body: "\0" in _text(body, "prompt"), status=502)


@breaks("API-2")
def a_line_break_in_a_name_ends_the_worker(service: Service) -> None:
    """The same for uploads."""
    _throws(service, "upload", lambda body: "\n" in _text(body, "filename"), status=502)


@breaks("UP-13", also={"UP-1": "that is a valid request"})
def jpegs_are_not_known(service: Service) -> None:
    """image/jpg is known, image/jpeg is not: photographs cannot be edited."""

    def change(request: Request, response: Response) -> Response:
        if answer("upload", 200)(request, response) and b"image/jpeg" in request.body:
            return ApiError(400, "invalid_body", "contentType: unknown").response().with_headers(response.headers[1:])
        return response

    service.rewriters.append(change)
