"""Servers that refuse what is valid, or take what is not."""

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    OMIT,
    answer,
    body_becomes,
    field,
    reads,
    rereads,
    status_becomes,
    with_members,
    writes,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError, Issue
from conformance.reference.model import Account, Generation, Order
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.validation import Field, list_of, one_of, text, whole

KEY = partial(text, least=1, most=1024)


def _order(service: Service, name: str, check: Any) -> None:
    fields = service.parts.validator.order_fields
    fields[name] = Field(check, fields[name].default)


def _upload(service: Service, name: str, check: Any) -> None:
    service.parts.validator.upload_fields[name] = Field(check)


@breaks("GEN-4")
def a_prompt_is_optional(service: Service) -> None:
    """A client whose text was lost on the way pays for an image of nothing."""
    reads(service, "order", lambda content: {"prompt": "an image", **content})


@breaks("GEN-5")
def a_prompt_is_made_a_string(service: Service) -> None:
    """A list of texts is drawn as brackets and quotes."""
    field(service, "order", "prompt", lambda value: value if value is None else str(value))


@breaks("GEN-5")
def a_prompt_of_null_is_drawn(service: Service) -> None:
    """A client without a text pays for the word null."""
    field(service, "order", "prompt", lambda value: "null" if value is None else value)


@breaks("GEN-6")
def a_prompt_needs_two_characters(service: Service) -> None:
    """A word in Chinese may be one character: it cannot be drawn."""
    _order(service, "prompt", partial(text, least=2, most=4000))


@breaks("GEN-7", "GEN-8")
def a_prompt_ends_at_3999(service: Service) -> None:
    """Less than instead of at most: the longest prompts are refused."""
    _order(service, "prompt", partial(text, least=1, most=3999))


@breaks("GEN-8")
def a_prompt_is_counted_in_bytes(service: Service) -> None:
    """Customers who write Chinese have a third of the room."""

    def check(value: Any) -> Any:
        yield from text(value, least=1, most=4000)
        if isinstance(value, str) and len(value.encode(errors="replace")) > 4000 >= len(value):
            yield Issue((), "longer than 4000 bytes")

    _order(service, "prompt", check)


@breaks("GEN-9", "GEN-10")
def a_prompt_ends_at_4001(service: Service) -> None:
    """One more than documented reaches a model that was sized for 4000."""
    _order(service, "prompt", partial(text, least=1, most=4001))


@breaks("GEN-9", "GEN-10")
def a_long_prompt_is_cut_off(service: Service) -> None:
    """The customer's last sentence is dropped, and nobody says so."""
    field(service, "order", "prompt", lambda value: value[:4000] if isinstance(value, str) else value)


@breaks("GEN-10")
def only_ascii_counts(service: Service) -> None:
    """A pattern for Latin letters: prompts in Chinese may be of any length."""
    field(
        service, "order", "prompt",
        lambda value: value[:4000] if isinstance(value, str) and not value.isascii() else value,
    )  # fmt: skip


@breaks("GEN-13", also={"LIFE-11": "it is not the type that was asked for"})
def an_unknown_type_is_the_default(service: Service) -> None:
    """A misspelt edit makes a new image, at full price."""
    field(service, "order", "type", lambda value: value if value in ("text2img", "edit") else OMIT)


@breaks("GEN-13", also={"LIFE-11": "it is not the type that was asked for"})
def an_upscale_can_be_ordered(service: Service) -> None:
    """A type that only records may show is taken, and served as something else."""
    field(service, "order", "type", lambda value: OMIT if value == "upscale" else value)


@breaks("GEN-15")
def landscape_is_unknown(service: Service) -> None:
    """One of the three sizes was left out of the list."""
    _order(service, "size", partial(one_of, options=("1024x1024", "1024x1536")))


@breaks("GEN-16")
def any_size_that_looks_like_one(service: Service) -> None:
    """A pattern in place of the list: 512x512 is paid for and comes in another size."""
    field(service, "order", "size", lambda value: OMIT if isinstance(value, str) and value[:1].isdigit()
          and value not in service.parts.rules.sizes else value)  # fmt: skip


@breaks("GEN-16")
def an_unknown_size_is_the_default(service: Service) -> None:
    """A typing error in the size costs a credit before it is seen."""
    field(service, "order", "size", lambda value: value if value in service.parts.rules.sizes else OMIT)


@breaks("GEN-18")
def high_quality_is_unknown(service: Service) -> None:
    """The dearest quality cannot be bought."""
    _order(service, "quality", partial(one_of, options=("low", "medium")))


@breaks("GEN-19")
def hd_is_another_name_for_high(service: Service) -> None:
    """Clients come to rely on a name that is documented nowhere."""
    field(service, "order", "quality", lambda value: "high" if value == "hd" else value)


@breaks("GEN-19", also={"PLAN-12": "what should be refused is paid for"})
def an_unknown_quality_is_the_default(service: Service) -> None:
    """A typing error in low costs twice as much."""
    field(service, "order", "quality", lambda value: value if value in service.parts.rules.qualities else OMIT)


@breaks("GEN-21")
def three_images_cannot_be_ordered(service: Service) -> None:
    """A list of numbers with one missing."""
    _order(service, "n", partial(_one_of_numbers, options=(1, 2, 4)))


def _one_of_numbers(value: Any, options: tuple[int, ...]) -> Any:
    yield from whole(value, least=1, most=4)
    if isinstance(value, int) and value in range(1, 5) and value not in options:
        yield Issue((), f"expected one of {options}")


@breaks("GEN-21")
def at_most_three_images(service: Service) -> None:
    """Less than four instead of at most four."""
    _order(service, "n", partial(whole, least=1, most=3))


@breaks("GEN-22")
def no_images_are_one_image(service: Service) -> None:
    """Zero is taken for absent: a client that wanted nothing pays for one image."""
    field(service, "order", "n", lambda value: 1 if value == 0 and not isinstance(value, bool) else value)


@breaks("GEN-22")
def a_negative_n_loses_its_sign(service: Service) -> None:
    """A client's overflow is served as an order."""
    field(service, "order", "n", lambda value: abs(value) if isinstance(value, int) and value < 0 else value)


@breaks("GEN-23")
def too_many_images_become_four(service: Service) -> None:
    """Clamped: a client that asks for ten gets four and looks for the rest."""
    field(service, "order", "n", lambda value: min(value, 4) if type(value) is int else value)


@breaks("GEN-24")
def a_fraction_of_n_is_cut_off(service: Service) -> None:
    """One and a half images are one."""
    field(
        service, "order", "n", lambda value: int(value) if isinstance(value, float) and math.isfinite(value) else value
    )


@breaks("GEN-25")
def digits_are_a_number(service: Service) -> None:
    """Coerced from a string: clients with a wrong type work here and nowhere else."""
    field(service, "order", "n", lambda value: int(value) if isinstance(value, str) and value.isdigit() else value)


@breaks("GEN-25")
def true_is_one_image(service: Service) -> None:
    """In some languages a truth value is a number."""
    field(service, "order", "n", lambda value: int(value) if isinstance(value, bool) else value)


@breaks("GEN-27")
def keys_that_are_no_list_are_ignored(service: Service) -> None:
    """The customer's input image is not used, and nobody says so."""
    field(service, "order", "inputImageKeys", lambda value: value if isinstance(value, list) else OMIT)


@breaks("GEN-27")
def one_key_needs_no_list(service: Service) -> None:
    """A bare string is taken for a list of one, here and nowhere else."""
    field(service, "order", "inputImageKeys", lambda value: [value] if isinstance(value, str) else value)


@breaks("GEN-28")
def entries_that_are_no_keys_are_dropped(service: Service) -> None:
    """An edit of fewer images than were given."""
    field(service, "order", "inputImageKeys",
          lambda value: [v for v in value if isinstance(v, str)] if isinstance(value, list) else value)  # fmt: skip


@breaks("GEN-29")
def at_most_three_keys(service: Service) -> None:
    """Less than four instead of at most four."""
    _order(service, "inputImageKeys", partial(list_of, item=KEY, least=0, most=3))


@breaks("GEN-30")
def five_keys_are_taken(service: Service) -> None:
    """One more than the model was built for."""
    _order(service, "inputImageKeys", partial(list_of, item=KEY, least=0, most=5))


@breaks("GEN-30")
def keys_after_the_fourth_are_dropped(service: Service) -> None:
    """The fifth image is left out of the edit, and nobody says so."""
    field(service, "order", "inputImageKeys", lambda value: value[:4] if isinstance(value, list) else value)


@breaks("GEN-31")
def an_edit_of_nothing_is_drawn(service: Service) -> None:
    """Without an input an edit becomes a new image, at full price."""
    service.parts.validator.edit_needs_keys = lambda given: iter(())  # type: ignore[method-assign]


@breaks("GEN-31")
def an_empty_list_of_keys_will_do(service: Service) -> None:
    """Whether the field is there is looked at, not whether it holds anything."""
    reads(service, "order", lambda content: {**content, "type": "text2img"}
          if content.get("type") == "edit" and content.get("inputImageKeys") == [] else content)  # fmt: skip


@breaks("GEN-34")
def a_comma_too_many_is_forgiven(service: Service) -> None:
    """A lenient parser: bodies that no other server takes."""
    rereads(service, "order", lambda body: body.replace(b",}", b"}"))


@breaks("GEN-34")
def what_follows_the_object_is_ignored(service: Service) -> None:
    """A parser that stops at the first value: two requests in one body make one image."""

    def first(body: bytes) -> bytes:
        try:
            return json.dumps(json.JSONDecoder().raw_decode(body.decode())[0]).encode()
        except (ValueError, RecursionError):
            return body

    rereads(service, "order", first)


@breaks("GEN-35")
def an_array_stands_for_its_first_entry(service: Service) -> None:
    """A batch of orders is served in part."""
    rereads(service, "order", _first_entry)


def _first_entry(body: bytes) -> bytes:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps(content[0]).encode() if isinstance(content, list) and content else body


@breaks("GEN-34", "GEN-35")
def what_is_no_object_is_answered_422(service: Service) -> None:
    """The framework's own status for unreadable bodies, which clients take for the content policy."""
    writes(service, lambda q, r: (answer("generate", 400)(q, r) and b"expected JSON" in r.body)
           or (answer("generate", 400)(q, r) and b"a JSON object" in r.body), status_becomes(422))  # fmt: skip


@breaks("GEN-4", "GEN-5", "GEN-9", "GEN-10", "GEN-13", "GEN-16", "GEN-19", "GEN-22", "GEN-23", "GEN-24", "GEN-25",
        "GEN-27", "GEN-28", "GEN-30", "GEN-31", "GEN-34", "GEN-35", "GEN-11")  # fmt: skip
def every_invalid_body_is_answered_422(service: Service) -> None:
    """The framework's default: clients tell their users that the content policy refused them."""
    writes(service, answer("generate", 400), status_becomes(422))


@breaks("GEN-43")
def a_refusal_is_a_sentence(service: Service) -> None:
    """The body is announced as JSON and is none: the client's parser fails instead of the call."""
    writes(service, answer("generate", 400), lambda response: body_becomes(b"Bad request: " + response.body)(response))


@breaks("GEN-44")
def a_refusal_names_nothing(service: Service) -> None:
    """Developers search for the mistake in a body of six fields."""
    writes(service, answer("generate", 400), body_becomes(b'{"error":{"code":"invalid_body","message":"Invalid"}}'))


@breaks("GEN-44")
def only_missing_fields_are_named(service: Service) -> None:
    """A field that is there but wrong is not named."""

    def unnamed(response: Response) -> Response:
        return response if b"required" in response.body else body_becomes(b'{"error":"Invalid value"}')(response)

    writes(service, answer("generate", 400), unnamed)


@breaks("GEN-44")
def another_field_is_named(service: Service) -> None:
    """The message is about the prompt, whatever is wrong."""
    writes(service, answer("generate", 400), body_becomes(b'{"error":"prompt: invalid"}'))


# Edits.

ACCEPTED = answer("generate", 202)


def _refuses_to_accept(service: Service, status: int, order_type: str) -> None:
    accept = service.studio.accept

    async def refuse(account: Account, order: Order) -> Generation:
        if order.type == order_type:
            raise ApiError(status, "not_served", "prompt: This is not served.")
        return await accept(account, order)

    service.studio.accept = refuse  # type: ignore[method-assign]


@breaks("GEN-2", "GEN-29")
def edits_are_not_served(service: Service) -> None:
    """Half of the product is missing."""
    _refuses_to_accept(service, 400, "edit")


@breaks("GEN-2")
def an_accepted_edit_is_answered_200(service: Service) -> None:
    """The two types answer differently."""
    writes(service, lambda q, r: ACCEPTED(q, r) and b'"edit"' in q.body, status_becomes(200))


@breaks("GEN-42")
def an_edit_begins_running(service: Service) -> None:
    """The status of one of the types is another."""
    writes(service, lambda q, r: ACCEPTED(q, r) and b'"edit"' in q.body, with_members(status="running"))


# Uploads.


@breaks("UP-3")
def a_file_needs_no_name(service: Service) -> None:
    """The dashboard shows uploads without a name."""
    reads(service, "upload", lambda content: {"filename": "file", **content})


@breaks("UP-4")
def a_name_is_made_a_string(service: Service) -> None:
    """The dashboard shows brackets."""
    field(service, "upload", "filename", lambda value: value if value is None else str(value))


@breaks("UP-5")
def a_name_needs_an_extension(service: Service) -> None:
    """A check that is documented nowhere refuses short names."""
    _upload(service, "filename", partial(text, least=3, most=200))


@breaks("UP-6", "UP-7")
def a_name_ends_at_199(service: Service) -> None:
    """Less than instead of at most."""
    _upload(service, "filename", partial(text, least=1, most=199))


@breaks("UP-7")
def a_name_is_counted_in_bytes(service: Service) -> None:
    """Names in Chinese have a third of the room."""

    def check(value: Any) -> Any:
        yield from text(value, least=1, most=200)
        if isinstance(value, str) and len(value.encode(errors="replace")) > 400:
            yield Issue((), "too long")

    _upload(service, "filename", check)


@breaks("UP-8", "UP-9")
def a_long_name_is_cut_off(service: Service) -> None:
    """The extension is lost, and nobody says so."""
    field(service, "upload", "filename", lambda value: value[:200] if isinstance(value, str) else value)


@breaks("UP-9")
def only_ascii_names_are_measured(service: Service) -> None:
    """Names in Chinese may be of any length."""
    field(service, "upload", "filename",
          lambda value: value[:200] if isinstance(value, str) and not value.isascii() else value)  # fmt: skip


@breaks("UP-12")
def a_media_type_is_guessed(service: Service) -> None:
    """Without contentType a PNG is expected, and JPEGs are refused at the storage."""
    reads(service, "upload", lambda content: {"contentType": "image/png", **content})


@breaks("UP-13", also={"UP-1": "that is a valid request"})
def webp_is_unknown(service: Service) -> None:
    """One of the three was left out of the list."""
    _upload(service, "contentType", partial(one_of, options=("image/png", "image/jpeg")))


@breaks("UP-14")
def any_image_can_be_uploaded(service: Service) -> None:
    """A prefix in place of the list: what the model cannot read is refused only after it was paid for."""
    field(service, "upload", "contentType",
          lambda value: "image/png" if isinstance(value, str) and value.startswith("image/")
          and value not in service.parts.rules.content_types else value)  # fmt: skip


@breaks("UP-14")
def vector_images_can_be_uploaded(service: Service) -> None:
    """Scripts in an SVG run in the dashboard."""
    field(service, "upload", "contentType", lambda value: "image/png" if value == "image/svg+xml" else value)


@breaks("UP-15")
def a_size_is_optional(service: Service) -> None:
    """Nothing is verified at the storage."""
    reads(service, "upload", lambda content: {"size": 1024, **content})


@breaks("UP-16")
def digits_are_a_size(service: Service) -> None:
    """Coerced from a string."""
    field(service, "upload", "size", lambda value: int(value) if isinstance(value, str) and value.isdigit() else value)


@breaks("UP-17")
def ten_megabytes_are_too_many(service: Service) -> None:
    """Less than ten million instead of at most."""
    _upload(service, "size", partial(whole, least=1, most=9_999_999))


@breaks("UP-18")
def one_byte_more_is_taken(service: Service) -> None:
    """Off by one at the upper reading of 10 MB."""
    _upload(service, "size", partial(whole, least=1, most=10_485_761))


@breaks("UP-18")
def sizes_are_kept_in_32_bits(service: Service) -> None:
    """Five gigabytes wrap around to a size that is served."""
    field(service, "upload", "size", lambda value: value % 2**32 % 10_000_000 + 1 if type(value) is int
          and value > 2**32 else value)  # fmt: skip


@breaks("UP-20")
def a_negative_size_is_taken(service: Service) -> None:
    """Only the upper limit is looked at."""
    field(service, "upload", "size", lambda value: 1 if type(value) is int and value < 0 else value)


@breaks("UP-20")
def a_hugely_negative_size_is_taken(service: Service) -> None:
    """Kept without a sign in too few bits."""
    field(service, "upload", "size", lambda value: 1 if type(value) is int and value < -1_000_000 else value)


@breaks("UP-23")
def a_comma_too_many_is_forgiven_on_upload(service: Service) -> None:
    """A lenient parser on one of the endpoints."""
    rereads(service, "upload", lambda body: body.replace(b",}", b"}"))


@breaks("UP-24")
def an_upload_in_an_array_is_taken(service: Service) -> None:
    """A batch of uploads is served in part."""
    rereads(service, "upload", _first_entry)


@breaks("UP-3", "UP-4", "UP-8", "UP-9", "UP-12", "UP-14", "UP-15", "UP-16", "UP-18", "UP-20", "UP-23", "UP-24",
        "UP-10", "UP-21", "UP-22")  # fmt: skip
def every_invalid_upload_is_not_found(service: Service) -> None:
    """404 in place of 400: clients look for another address."""
    writes(service, answer("upload", 400), status_becomes(404))


@breaks("GEN-23")
def an_n_is_kept_in_three_bits(service: Service) -> None:
    """Nine images are ordered, one is made: the column is too narrow."""
    field(service, "order", "n", lambda n: n & 7 if type(n) is int and n > 7 else n)


@breaks("GEN-2")
def one_image_is_too_few_to_edit(service: Service) -> None:
    """Made for composing several images: who wants to retouch one cannot."""
    inputs = service.studio.inputs

    def several(account: Account, order: Order) -> tuple[bytes, ...]:
        if len(order.input_image_keys) == 1:
            raise ApiError(400, "invalid_body", "inputImageKeys: too few")
        return inputs(account, order)

    service.studio.inputs = several  # type: ignore[method-assign]


@breaks("GEN-32")
def invented_keys_are_left_out(service: Service) -> None:
    """A typing error in a key: the customer pays for an edit of nothing."""
    bucket = service.parts.bucket
    _content(service, lambda account, key: b"" if key not in bucket.uploads else None)


@breaks("GEN-33")
def other_peoples_keys_are_taken(service: Service) -> None:
    """Whoever learns a key edits somebody else's photograph."""
    bucket = service.parts.bucket
    _content(service, lambda account, key: bucket.uploads[key].content if key in bucket.uploads else None)


def _content(service: Service, find: Callable[[Account, str], bytes | None]) -> None:
    """What stands behind a key that has no bytes of the account."""
    bucket = service.parts.bucket
    proper = bucket.content

    def content(account: Account, key: str) -> bytes | None:
        own = proper(account, key)
        return find(account, key) if own is None else own

    bucket.content = content  # type: ignore[method-assign]


@breaks("UP-4")
def a_file_of_null_is_taken(service: Service) -> None:
    """A client that lost the name uploads a file called null."""
    field(service, "upload", "filename", lambda name: "null" if name is None else name)


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
