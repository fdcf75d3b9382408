"""Servers whose languages, parsers and columns make something else of a body than it is."""

import html
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.deviations.validation import also_refuses, text_of, throws
from conformance.faults.verbs import (
    ANY,
    OMIT,
    Object,
    answer,
    becomes_refusal,
    on_body,
    on_content,
    on_field,
    on_response,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.request import Request
from conformance.reference.response import Response


def _header(request: Request, name: str) -> str:
    return (request.header(name) or "").lower()


def _breaks_on(service: Service, route: str, when: Callable[[Request], object]) -> None:
    """Requests of which this holds are answered 500."""
    on_response(
        service, answer(route, to=lambda request: request.account and when(request)), becomes_refusal(500, "oops")
    )


def _inherits(service: Service, path: tuple[str, ...]) -> None:
    """What stands under this path is as good as a member of the order."""

    def change(content: Object) -> Object:
        found: Any = content
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return {**found, **content} if isinstance(found, dict) else content

    on_content(service, "order", change)


@breaks("GEN-4")
def a_prompt_is_inherited(service: Service) -> None:
    """The body is merged into an object, __proto__ included: a stranger sets what every later request inherits."""
    _inherits(service, ("__proto__",))


@breaks("GEN-4")
def a_prompt_is_inherited_from_the_constructor(service: Service) -> None:
    """__proto__ is filtered, and the longer way is not: a stranger sets what every later request inherits."""
    _inherits(service, ("constructor", "prototype"))


@breaks("GEN-16")
def names_of_the_language_are_sizes(service: Service) -> None:
    """A size is looked up in an object, which knows toString by itself: a stranger's value reaches the model."""
    on_field(service, "order", "size", lambda value: OMIT if value == "toString" else value)


@breaks("GEN-19")
def names_of_the_language_are_qualities(service: Service) -> None:
    """A quality is looked up with `in`, which finds constructor: the price is a function, and nobody pays it."""
    on_field(service, "order", "quality", lambda value: "low" if value == "constructor" else value)


@breaks("GEN-13", also={"LIFE-11": "it is not the type that was asked for"})
def names_of_the_language_are_types(service: Service) -> None:
    """A type is looked up in a table of handlers, which has __proto__: what is called then is anybody's guess."""
    on_field(service, "order", "type", lambda value: OMIT if value == "__proto__" else value)


@breaks("UP-14")
def names_of_the_language_are_media_types(service: Service) -> None:
    """A media type is looked up in an object of extensions: a file is kept under the source of a function."""
    on_field(service, "upload", "contentType", lambda value: "image/png" if value == "constructor" else value)


@breaks("GEN-23")
def an_n_is_kept_in_32_bits(service: Service) -> None:
    """The number is converted with a bitwise or: a client's overflow is drawn and paid for."""
    on_field(service, "order", "n", lambda n: n & 0xFFFFFFFF if n > 2**31 else n, of=int)


@breaks("UP-18")
def a_size_is_kept_in_32_bits(service: Service) -> None:
    """The column is too narrow for the number: four gigabytes are announced, and taken for a kilobyte."""
    on_field(service, "upload", "size", lambda size: size & 0xFFFFFFFF if size > 2**32 else size, of=int)


@breaks("GEN-7", along=("punctuation",))
def a_prompt_is_measured_in_html(service: Service) -> None:
    """The text is escaped before it is measured: who writes code or quotes into a prompt has less room."""
    most = service.parts.rules.prompt_max
    also_refuses(service, "order", "prompt", lambda text: isinstance(text, str) and len(html.escape(text)) > most)


@breaks("GEN-8", along=("random",))
def a_prompt_is_measured_as_it_was_sent(service: Service) -> None:
    """The body's limit was set for letters of one byte: clients that escape other languages have less room."""
    room = 4 * service.parts.rules.prompt_max

    def limited(body: bytes) -> bytes:
        if len(body) > room:
            raise ApiError(400, "invalid_body", "prompt: too long")
        return body

    on_body(service, "order", limited)


@breaks("GEN-7", "GEN-8", "API-2", along=("random",))
def a_long_prompt_does_not_fit_the_index(service: Service) -> None:
    """The index has rows of 2704 bytes, compressed: repeated words are kept, a real text is an exception."""
    throws(service, "order", lambda body: len(_compressed(text_of(body, "prompt"))) > 2704)


def _compressed(text: str) -> bytes:
    return zlib.compress(text.encode(errors="replace"))


@breaks("UP-6", "API-2", along=("random",))
def a_long_name_does_not_fit_the_index(service: Service) -> None:
    """The index is of compressed names: one of repeated letters is kept, and the camera's is an exception."""
    throws(
        service,
        "upload",
        lambda body: text_of(body, "filename").isascii() and len(_compressed(text_of(body, "filename"))) > 130,
    )


@breaks("UP-7", along=("random",))
def a_name_of_many_characters_is_refused(service: Service) -> None:
    """A table of glyphs is made for each name: one in Chinese that is not a letter repeated is called invalid."""
    also_refuses(service, "upload", "filename", lambda text: isinstance(text, str) and len(set(text)) > 100)


@breaks("API-3")
def a_large_body_is_a_page(service: Service) -> None:
    """The parser's error passes the handler of errors: clients are shown a stack trace in HTML."""
    page = b"<pre>PayloadTooLargeError: request entity too large<br> at readStream (raw-body/index.js:163)</pre>"

    def change(_: Request, response: Response) -> Response:
        return replace(response.with_headers([("Content-Type", "text/html")]), status=413, body=page)

    on_response(service, answer("generate", to=lambda request: _length(request) > 100_000), change)


@breaks("API-2")
def a_large_body_is_an_exception(service: Service) -> None:
    """The parser's limit is an exception that nobody catches: a pasted book is a server error."""
    _breaks_on(service, "generate", lambda request: _length(request) > 64_000)


@breaks("API-2")
def a_body_beyond_a_megabyte_is_an_exception(service: Service) -> None:
    """The database takes no larger packet, and its error is not caught: anybody can page the operators."""
    _breaks_on(service, "generate", lambda request: _length(request) > 1_000_000)


def _length(request: Request) -> int:
    return int(request.header("content-length") or 0)


@breaks("API-2", along=("operation",))
def a_byte_order_mark_is_an_exception(service: Service) -> None:
    """One route parses by itself: a body from an editor of Windows is a server error there."""
    throws(service, "upload", lambda body: body.startswith(b"\xef\xbb\xbf"))


@breaks("API-2")
def an_inherited_member_is_an_exception(service: Service) -> None:
    """hasOwnProperty is called on the body itself: a body that has a member of that name is a server error."""
    throws(service, "order", lambda body: b"hasOwnProperty" in body)


@breaks("API-2", along=("operation",))
def two_members_of_one_name_are_an_exception(service: Service) -> None:
    """The parser of one route is strict, and its error is not caught: a client's slip is a server error there."""
    throws(service, "upload", lambda body: body.count(b'"filename"') > 1)


@breaks("API-2")
def an_unknown_charset_is_an_exception(service: Service) -> None:
    """The charset is handed to a decoder that does not know it: anybody can page the operators."""
    _breaks_on(service, ANY, lambda request: "klingon" in _header(request, "content-type"))


@breaks("API-2")
def a_broken_compression_is_an_exception(service: Service) -> None:
    """The body is inflated outside of what is caught: a proxy that forgets to compress is a server error."""
    _breaks_on(
        service, ANY, lambda request: "gzip" in _header(request, "content-encoding") and request.body[:1] == b"{"
    )


@breaks("API-2", along=("operation",))
def a_form_without_a_boundary_is_an_exception(service: Service) -> None:
    """One route takes forms as well, and its parser throws: a client's default media type is a server error there."""
    _breaks_on(service, "upload", lambda request: _header(request, "content-type") == "multipart/form-data")


def _lenient_edits(service: Service, name: str, served: Callable[[Any], Any]) -> None:
    """The schema of edits lacks the check of one field; what is sent there is served as something valid."""

    def change(content: Object) -> Object:
        own = content.get("type") == "edit" and name in content
        return content | {name: served(content[name])} if own else content

    on_content(service, "order", change)


@breaks("GEN-9", along=("order",))
def the_prompt_of_an_edit_is_not_measured(service: Service) -> None:
    """Edits have a schema of their own, without the prompt's limit: the model gets more than it was sized for."""
    most = service.parts.rules.prompt_max
    _lenient_edits(service, "prompt", lambda prompt: prompt[:most] if isinstance(prompt, str) else prompt)


@breaks("GEN-16", along=("order",))
def an_edit_may_have_any_size(service: Service) -> None:
    """Edits have a schema of their own, in which size is a string: 512x512 is paid for and comes in another size."""
    sizes = service.parts.rules.sizes
    _lenient_edits(service, "size", lambda size: size if size in sizes else OMIT)


@breaks("GEN-19", along=("order",))
def an_edit_may_have_any_quality(service: Service) -> None:
    """Edits have a schema of their own, in which quality is a string: a typing error in low costs twice as much."""
    qualities = service.parts.rules.qualities
    _lenient_edits(service, "quality", lambda quality: quality if quality in qualities else OMIT)


@breaks("GEN-23", along=("order",))
def an_edit_may_have_any_n(service: Service) -> None:
    """Edits have a schema of their own, in which n is a number: a client that asks for five looks for the fifth."""
    most = service.parts.rules.n_max
    _lenient_edits(service, "n", lambda n: min(n, most) if isinstance(n, int) else n)
