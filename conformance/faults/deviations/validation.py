"""Servers that refuse what is valid, take what is not, or break on what few clients send."""

import json
import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    INVALID,
    OMIT,
    Object,
    answer,
    around,
    becomes_refusal,
    body_becomes,
    body_through,
    change_field,
    on_body,
    on_content,
    on_field,
    on_response,
    on_result,
    parsed,
    refuse_orders,
    status_becomes,
    with_members,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError, Issue, invalid
from conformance.reference.validation import Field

EDIT_ACCEPTED = answer("generate", 202, to=lambda request: b'"edit"' in request.body)


def also_refuses(service: Service, operation: str, name: str, when: Callable[[Any], bool]) -> None:
    """A value of which this holds is refused, beside those that are not valid."""
    fields: dict[str, Field] = getattr(service.parts.validator, f"{operation}_fields")
    proper = fields[name].check

    def check(value: Any) -> Iterator[Issue]:
        yield from proper(value)
        if when(value):
            yield Issue((), "not like this")

    change_field(service, operation, name, check=check)


def _in_bytes(service: Service, operation: str, name: str, most: int) -> None:
    """A text is refused for its length in bytes as well."""
    also_refuses(
        service, operation, name, lambda text: isinstance(text, str) and len(text.encode(errors="replace")) > most
    )


def _cuts_off(service: Service, operation: str, name: str, most: int, *, ascii_too: bool = True) -> None:
    """A text that is too long is cut off."""
    on_field(service, operation, name, lambda text: text[:most] if ascii_too or not text.isascii() else text, of=str)


def _has_default(service: Service, name: str, known: Collection[str]) -> None:
    """A value of a field of generate that is not known stands for the default."""
    on_field(service, "order", name, lambda value: value if value in known else OMIT)


@breaks("GEN-4")
def a_prompt_is_optional(service: Service) -> None:
    """The schema has a default for the prompt: a client whose text was lost pays for an image of nothing."""
    on_content(service, "order", lambda content: {"prompt": "an image", **content})


@breaks("GEN-5")
def a_prompt_is_made_a_string(service: Service) -> None:
    """The schema coerces in place of checking: a list of texts is drawn as brackets and quotes."""
    on_field(service, "order", "prompt", lambda value: value if value is None else str(value))


@breaks("GEN-5")
def a_prompt_of_null_is_drawn(service: Service) -> None:
    """null is printed into the template: a client without a text pays for the word null."""
    on_field(service, "order", "prompt", lambda value: "null" if value is None else value)


@breaks("GEN-6")
def a_prompt_needs_two_characters(service: Service) -> None:
    """A `<=` where a `<` belongs: a word in Chinese may be one character, and cannot be drawn."""
    change_field(service, "order", "prompt", least=2)


@breaks("GEN-7", "GEN-8")
def a_prompt_ends_at_3999(service: Service) -> None:
    """A `<` where a `<=` belongs: the longest prompts are refused."""
    change_field(service, "order", "prompt", most=service.parts.rules.prompt_max - 1)


@breaks("GEN-8")
def a_prompt_is_counted_in_bytes(service: Service) -> None:
    """The length is that of the encoded text: customers who write Chinese have a third of the room."""
    _in_bytes(service, "order", "prompt", service.parts.rules.prompt_max)


@breaks("GEN-9", "GEN-10")
def a_prompt_ends_at_4001(service: Service) -> None:
    """The limit is that of the column, which holds one more: a prompt reaches a model that was sized for less."""
    change_field(service, "order", "prompt", most=service.parts.rules.prompt_max + 1)


@breaks("GEN-9", "GEN-10")
def a_long_prompt_is_cut_off(service: Service) -> None:
    """The column truncates in place of refusing: the customer's last sentence is dropped, and nobody says so."""
    _cuts_off(service, "order", "prompt", service.parts.rules.prompt_max)


@breaks("GEN-10")
def only_ascii_counts(service: Service) -> None:
    """The length is checked by a pattern for Latin letters: prompts in Chinese may be of any length."""
    _cuts_off(service, "order", "prompt", service.parts.rules.prompt_max, ascii_too=False)


@breaks("GEN-13", also={"LIFE-11": "it is not the type that was asked for"})
def an_unknown_type_is_the_default(service: Service) -> None:
    """A switch over the types has a default branch: a misspelt edit makes a new image, at full price."""
    _has_default(service, "type", service.parts.rules.types)


@breaks("GEN-13", also={"LIFE-11": "it is not the type that was asked for"})
def an_upscale_can_be_ordered(service: Service) -> None:
    """The schema of records is used for orders: a type that only records may show is served as something else."""
    on_field(service, "order", "type", lambda value: OMIT if value == "upscale" else value)


@breaks("GEN-15")
def landscape_is_unknown(service: Service) -> None:
    """One of the three sizes was left out of the list: customers cannot order banners."""
    change_field(service, "order", "size", options=service.parts.rules.sizes[:-1])


@breaks("GEN-16")
def any_size_that_looks_like_one(service: Service) -> None:
    """A pattern stands in place of the list: 512x512 is paid for and comes in another size."""
    sizes = service.parts.rules.sizes
    on_field(service, "order", "size", lambda size: OMIT if size[:1].isdigit() and size not in sizes else size, of=str)


@breaks("GEN-16")
def an_unknown_size_is_the_default(service: Service) -> None:
    """The size is looked up with a default: a typing error in it costs a credit before it is seen."""
    _has_default(service, "size", service.parts.rules.sizes)


@breaks("GEN-18")
def high_quality_is_unknown(service: Service) -> None:
    """The list of qualities is that of the older model: the dearest one cannot be bought."""
    change_field(service, "order", "quality", options=service.parts.rules.qualities[:-1])


@breaks("GEN-19")
def hd_is_another_name_for_high(service: Service) -> None:
    """An alias of the older API is left in: clients come to rely on a name that is documented nowhere."""
    on_field(service, "order", "quality", lambda value: "high" if value == "hd" else value)


@breaks("GEN-19", also={"PLAN-12": "what should be refused is paid for"})
def an_unknown_quality_is_the_default(service: Service) -> None:
    """The quality is looked up with a default: a typing error in low costs twice as much."""
    _has_default(service, "quality", service.parts.rules.qualities)


@breaks("GEN-21")
def three_images_cannot_be_ordered(service: Service) -> None:
    """The list of allowed numbers lacks one: a valid order is called invalid."""
    three = service.parts.rules.n_max - 1
    also_refuses(service, "order", "n", lambda value: isinstance(value, int) and value == three)


@breaks("GEN-21")
def at_most_three_images(service: Service) -> None:
    """A `<` where a `<=` belongs: the largest order that is documented is refused."""
    change_field(service, "order", "n", most=service.parts.rules.n_max - 1)


@breaks("GEN-22", along=("zero",))
def no_images_are_one_image(service: Service) -> None:
    """Zero is as good as absent to the language: a client that wanted nothing pays for one image."""
    on_field(service, "order", "n", lambda n: n or 1, of=int)


@breaks("GEN-22")
def a_negative_n_loses_its_sign(service: Service) -> None:
    """The number is kept without a sign: a client's overflow is served as an order."""
    on_field(service, "order", "n", abs, of=int)


@breaks("GEN-23")
def too_many_images_become_four(service: Service) -> None:
    """The number is clamped in place of checked: a client that asks for ten looks for the rest."""
    most = service.parts.rules.n_max
    on_field(service, "order", "n", lambda n: min(n, most), of=int)


@breaks("GEN-24")
def a_fraction_of_n_is_cut_off(service: Service) -> None:
    """The number is converted before it is checked: one and a half images are one, and nobody says so."""
    on_field(service, "order", "n", lambda n: int(n) if math.isfinite(n) else n, of=float)


@breaks("GEN-25")
def digits_are_a_number(service: Service) -> None:
    """The schema coerces strings to numbers: clients with a wrong type work here and nowhere else."""
    on_field(service, "order", "n", lambda n: int(n) if n.isdigit() else n, of=str)


@breaks("GEN-25")
def true_is_one_image(service: Service) -> None:
    """A truth value is a number in the server's language: a client's wrong type is drawn and paid for."""
    on_field(service, "order", "n", int, of=bool)


@breaks("GEN-27")
def keys_that_are_no_list_are_ignored(service: Service) -> None:
    """Only lists are looked at: the customer's input image is not used, and nobody says so."""
    on_field(service, "order", "inputImageKeys", lambda value: value if isinstance(value, list) else OMIT)


@breaks("GEN-27")
def one_key_needs_no_list(service: Service) -> None:
    """The parser wraps a bare string into a list: clients come to rely on what works here and nowhere else."""
    on_field(service, "order", "inputImageKeys", lambda key: [key], of=str)


@breaks("GEN-28")
def entries_that_are_no_keys_are_dropped(service: Service) -> None:
    """The list is filtered in place of checked: an edit is made of fewer images than were given."""
    on_field(service, "order", "inputImageKeys", lambda keys: [k for k in keys if isinstance(k, str)], of=list)


@breaks("GEN-29")
def at_most_three_keys(service: Service) -> None:
    """A `<` where a `<=` belongs: the largest edit that is documented is refused."""
    change_field(service, "order", "inputImageKeys", most=service.parts.rules.input_keys_max - 1)


@breaks("GEN-30")
def five_keys_are_taken(service: Service) -> None:
    """The limit counts the inputs beside the first: an edit reaches a model that was built for fewer images."""
    change_field(service, "order", "inputImageKeys", most=service.parts.rules.input_keys_max + 1)


@breaks("GEN-30")
def keys_after_the_fourth_are_dropped(service: Service) -> None:
    """The list is cut off in place of checked: the last image is left out of the edit, and nobody says so."""
    most = service.parts.rules.input_keys_max
    on_field(service, "order", "inputImageKeys", lambda keys: keys[:most], of=list)


@breaks("GEN-31")
def an_edit_of_nothing_is_drawn(service: Service) -> None:
    """No rule joins the two fields: without an input an edit becomes a new image, at full price."""
    around(service.parts.validator, "edit_needs_keys", lambda *_: iter(()))


@breaks("GEN-31")
def an_empty_list_of_keys_will_do(service: Service) -> None:
    """Whether the field is there is looked at, not whether it holds anything: an edit of nothing is paid for."""
    empty = {"type": "edit", "inputImageKeys": []}
    on_content(service, "order", lambda body: body | {"type": "text2img"} if body == body | empty else body)


@breaks("GEN-34")
def a_comma_too_many_is_forgiven(service: Service) -> None:
    """The parser is one for configuration files: clients send bodies that no other server takes."""
    on_body(service, "order", lambda body: body.replace(b",}", b"}"))


@breaks("GEN-34")
def what_follows_the_object_is_ignored(service: Service) -> None:
    """The parser stops at the end of the first value: two requests in one body make one image."""

    def first(body: bytes) -> bytes:
        try:
            return json.dumps(json.JSONDecoder().raw_decode(body.decode())[0]).encode()
        except (ValueError, RecursionError):
            return body

    on_body(service, "order", first)


@breaks("GEN-35")
def an_array_stands_for_its_first_entry(service: Service) -> None:
    """A batch is unpacked, and all but its first entry forgotten: orders are served in part."""
    on_body(service, "order", _first_entry)


def _first_entry(body: bytes) -> bytes:
    content = parsed(body)
    return json.dumps(content[0]).encode() if isinstance(content, list) and content else body


@breaks("GEN-35")
def json_in_a_string_is_unpacked(service: Service) -> None:
    """What is a string is parsed once more, for a client that encoded twice: others learn to do so as well."""

    def unpacked(body: bytes) -> bytes:
        content = parsed(body)
        return content.encode() if isinstance(content, str) else body

    on_body(service, "order", unpacked)


@breaks("GEN-34", "GEN-35")
def what_is_no_object_is_answered_422(service: Service) -> None:
    """The framework's own status for unreadable bodies is left in place: clients take it for the content policy."""
    for words in (b"expected JSON", b"a JSON object"):
        on_response(service, answer("generate", 400, saying=words), status_becomes(422))


@breaks("GEN-4", "GEN-5", "GEN-9", "GEN-10", "GEN-13", "GEN-16", "GEN-19", "GEN-22", "GEN-23", "GEN-24", "GEN-25",
        "GEN-27", "GEN-28", "GEN-30", "GEN-31", "GEN-34", "GEN-35", "GEN-11")  # fmt: skip
def every_invalid_body_is_answered_422(service: Service) -> None:
    """The framework's default status is left in place: clients tell their users of the content policy."""
    on_response(service, INVALID, status_becomes(422))


@breaks("GEN-13", "GEN-16", "GEN-19", "GEN-25", "GEN-5")
def a_list_of_one_is_its_entry(service: Service) -> None:
    """Query strings taught the validator to unpack lists: what has brackets around it is served as if it had none."""

    def unpacked(content: Object) -> Object:
        lone = {name: value[0] for name, value in content.items() if isinstance(value, list) and len(value) == 1}
        lone.pop("inputImageKeys", None)
        return content | lone

    on_content(service, "order", unpacked)


@breaks("GEN-19", "GEN-25")
def what_is_false_is_left_out(service: Service) -> None:
    """`value or default` fills in the defaults: false is served as if nothing were said."""
    on_content(service, "order", lambda content: {name: value for name, value in content.items() if value is not False})


@breaks("GEN-5")
def an_object_with_a_text_is_a_prompt(service: Service) -> None:
    """What a chat sends is understood, too: an object that has a text is served, until the next library comes."""

    def text_of(value: dict[str, Any]) -> Any:
        return value.get("text", value)

    on_field(service, "order", "prompt", text_of, dict)


@breaks("GEN-7")
def an_edit_has_few_words(service: Service) -> None:
    """Instructions are short in the demo: those of an edit are refused beyond a thousand words."""

    def short(content: Object) -> Object:
        if content.get("type") == "edit" and len(str(content.get("prompt")).split()) > 1000:
            raise invalid([Issue(("prompt",), "too many words")])
        return content

    on_content(service, "order", short)


@breaks("GEN-43")
def a_refusal_is_a_sentence(service: Service) -> None:
    """A sentence is put before the JSON: the client's parser fails instead of the call."""
    on_response(service, INVALID, body_through(lambda body: b"Bad request: " + body))


@breaks("GEN-44")
def a_refusal_names_nothing(service: Service) -> None:
    """The issues are dropped by the error page: developers search for the mistake in a body of six fields."""
    on_response(service, INVALID, body_becomes(b'{"error":{"code":"invalid_body","message":"Invalid"}}'))


@breaks("GEN-44")
def only_missing_fields_are_named(service: Service) -> None:
    """Only one of two messages has a place for the name: developers search for the field that is there but wrong."""
    vague = b'{"error":"Invalid value"}'
    on_response(service, INVALID, body_through(lambda body: body if b"required" in body else vague))


@breaks("GEN-44")
def another_field_is_named(service: Service) -> None:
    """The message is a constant about the prompt: developers search in the wrong field."""
    on_response(service, INVALID, body_becomes(b'{"error":"prompt: invalid"}'))


@breaks("GEN-2", "GEN-29")
def edits_are_not_served(service: Service) -> None:
    """The second type was documented before it was built: half of the product is missing."""
    refuse_orders(service, "prompt: This is not served.", lambda order: order.type == "edit")


@breaks("GEN-2")
def an_accepted_edit_is_answered_200(service: Service) -> None:
    """The two types have handlers of their own, with two statuses: clients that wait for a 202 fail on edits."""
    on_response(service, EDIT_ACCEPTED, status_becomes(200))


@breaks("GEN-42")
def an_edit_begins_running(service: Service) -> None:
    """Edits skip the queue and are written as running: clients that wait for queued do not know what to do."""
    on_response(service, EDIT_ACCEPTED, with_members(status="running"))


@breaks("UP-3")
def a_file_needs_no_name(service: Service) -> None:
    """The schema has a default for the name: the dashboard is full of files that are called file."""
    on_content(service, "upload", lambda content: {"filename": "file", **content})


@breaks("UP-4")
def a_name_is_made_a_string(service: Service) -> None:
    """The schema coerces in place of checking: the dashboard shows brackets."""
    on_field(service, "upload", "filename", lambda value: value if value is None else str(value))


@breaks("UP-5")
def a_name_needs_an_extension(service: Service) -> None:
    """A check that is documented nowhere refuses short names: customers cannot upload a file called a."""
    change_field(service, "upload", "filename", least=3)


@breaks("UP-6", "UP-7")
def a_name_ends_at_199(service: Service) -> None:
    """A `<` where a `<=` belongs: the longest names are refused."""
    change_field(service, "upload", "filename", most=service.parts.rules.filename_max - 1)


@breaks("UP-7")
def a_name_is_counted_in_bytes(service: Service) -> None:
    """The length is that of the encoded name: names in Chinese have less room than others."""
    _in_bytes(service, "upload", "filename", 2 * service.parts.rules.filename_max)


@breaks("UP-8", "UP-9")
def a_long_name_is_cut_off(service: Service) -> None:
    """The column truncates in place of refusing: the extension is lost, and nobody says so."""
    _cuts_off(service, "upload", "filename", service.parts.rules.filename_max)


@breaks("UP-9")
def only_ascii_names_are_measured(service: Service) -> None:
    """The length is checked by a pattern for Latin letters: names in Chinese are cut off, and nobody says so."""
    _cuts_off(service, "upload", "filename", service.parts.rules.filename_max, ascii_too=False)


@breaks("UP-12")
def a_media_type_is_guessed(service: Service) -> None:
    """The schema has PNG as a default: JPEGs that were not announced are refused at the storage."""
    on_content(service, "upload", lambda content: {"contentType": "image/png", **content})


@breaks("UP-13", also={"UP-1": "that is a valid request"})
def webp_is_unknown(service: Service) -> None:
    """One of the three media types was left out of the list: customers cannot edit what they made here."""
    change_field(service, "upload", "contentType", options=service.parts.rules.content_types[:-1])


@breaks("UP-14")
def any_image_can_be_uploaded(service: Service) -> None:
    """A prefix is compared in place of the list: what the model cannot read is refused only after it was paid for."""
    types = service.parts.rules.content_types
    on_field(
        service,
        "upload",
        "contentType",
        lambda given: types[0] if given.startswith("image/") and given not in types else given,
        of=str,
    )


@breaks("UP-14")
def vector_images_can_be_uploaded(service: Service) -> None:
    """The list of media types is that of the browser's images: scripts in an SVG run in the dashboard."""
    on_field(service, "upload", "contentType", lambda value: "image/png" if value == "image/svg+xml" else value)


@breaks("UP-15")
def a_size_is_optional(service: Service) -> None:
    """The schema has a default for the size: what is put is refused at the storage for its length."""
    on_content(service, "upload", lambda content: {"size": 1024, **content})


@breaks("UP-16")
def digits_are_a_size(service: Service) -> None:
    """The schema coerces strings to numbers: clients with a wrong type upload here and nowhere else."""
    on_field(service, "upload", "size", lambda size: int(size) if size.isdigit() else size, of=str)


@breaks("UP-17")
def ten_megabytes_are_too_many(service: Service) -> None:
    """A `<` where a `<=` belongs, of a decimal limit: a file of exactly that size is refused."""
    change_field(service, "upload", "size", most=service.parts.rules.upload_bytes_max // 1024**2 * 1000**2 - 1)


@breaks("UP-18")
def one_byte_more_is_taken(service: Service) -> None:
    """The limit is that of the buffer, which holds one more: a file is announced that the storage refuses."""
    change_field(service, "upload", "size", most=service.parts.rules.upload_bytes_max + 1)


@breaks("UP-18")
def sizes_are_kept_in_32_bits(service: Service) -> None:
    """The number overflows before it is checked: five gigabytes wrap around to a size that is served."""
    most = service.parts.rules.upload_bytes_max
    on_field(service, "upload", "size", lambda size: size % 2**32 % most + 1 if size > 2**32 else size, of=int)


@breaks("UP-20")
def a_negative_size_is_taken(service: Service) -> None:
    """Only the upper limit is looked at: quotas of storage are lowered with every upload."""
    on_field(service, "upload", "size", lambda size: 1 if size < 0 else size, of=int)


@breaks("UP-20")
def a_hugely_negative_size_is_taken(service: Service) -> None:
    """The number is kept without a sign in too few bits: a client's overflow is served as an upload."""
    on_field(service, "upload", "size", lambda size: 1 if size < -1_000_000 else size, of=int)


@breaks("UP-23")
def a_comma_too_many_is_forgiven_on_upload(service: Service) -> None:
    """One endpoint has a parser of its own, for configuration files: clients rely on what works there only."""
    on_body(service, "upload", lambda body: body.replace(b",}", b"}"))


@breaks("UP-24")
def an_upload_in_an_array_is_taken(service: Service) -> None:
    """A batch is unpacked, and all but its first entry forgotten: the other files have no place to go."""
    on_body(service, "upload", _first_entry)


@breaks("UP-3", "UP-4", "UP-8", "UP-9", "UP-12", "UP-14", "UP-15", "UP-16", "UP-18", "UP-20", "UP-23", "UP-24",
        "UP-10", "UP-21", "UP-22")  # fmt: skip
def every_invalid_upload_is_not_found(service: Service) -> None:
    """A failed match of the body is a failed match of the route: clients look for another address."""
    on_response(service, answer("upload", 400), status_becomes(404))


@breaks("GEN-23", also={"PLAN-12": "what an account cannot pay is sold as one image"})
def an_n_is_kept_in_three_bits(service: Service) -> None:
    """The column is too narrow for the number: nine images are ordered, one is made."""
    most = service.parts.rules.n_max
    on_field(service, "order", "n", lambda n: n & 7 if n > most else n, of=int)


@breaks("GEN-2")
def one_image_is_too_few_to_edit(service: Service) -> None:
    """The editor was made for composing several images: who wants to retouch one cannot."""
    refuse_orders(service, "inputImageKeys: too few", lambda order: len(order.input_image_keys) == 1)


@breaks("GEN-32")
def invented_keys_are_left_out(service: Service) -> None:
    """A missing row is skipped in place of refused: for a misspelt key the customer pays for an edit of nothing."""
    uploads = service.parts.bucket.uploads
    on_result(service.parts.bucket, "content", lambda own, _, key: own if key in uploads else b"")


@breaks("GEN-33")
def other_peoples_keys_are_taken(service: Service) -> None:
    """The look-up of a key lacks the account: whoever learns a key edits somebody else's photograph."""
    uploads = service.parts.bucket.uploads
    on_result(service.parts.bucket, "content", lambda own, _, key: uploads[key].content if key in uploads else own)


@breaks("UP-4")
def a_file_of_null_is_taken(service: Service) -> None:
    """null is printed into the row: a client that lost the name uploads a file called null."""
    on_field(service, "upload", "filename", lambda name: "null" if name is None else name)


def throws(service: Service, operation: str, when: Callable[[bytes], bool], status: int = 500) -> None:
    """An exception that nobody catches, for bodies like these."""

    def change(body: bytes) -> bytes:
        if when(body):
            raise ApiError(status, "internal", "oops")
        return body

    on_body(service, operation, change)


def text_of(body: bytes, name: str) -> str:
    """The value of a field; empty when it is not a string."""
    content = parsed(body)
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""


@breaks("API-2")
def what_is_not_utf_8_is_an_exception(service: Service) -> None:
    """The body is decoded before anything is caught: a client with an old code page sees a server error."""
    throws(service, "order", lambda body: body.decode(errors="ignore").encode() != body)


@breaks("API-2")
def a_null_character_is_an_exception(service: Service) -> None:
    """The database stores no null character, and its error is not caught: what was pasted is a server error."""
    throws(service, "order", lambda body: "\0" in text_of(body, "prompt"))


@breaks("API-2")
def half_an_emoji_is_an_exception(service: Service) -> None:
    """Half of a surrogate pair cannot be encoded: a prompt that was cut off in an emoji is a server error."""
    throws(service, "order", lambda body: any("\ud800" <= c <= "\udfff" for c in text_of(body, "prompt")))


@breaks("API-2")
def nesting_is_an_exception(service: Service) -> None:
    """The parser calls itself for each bracket, until it may not: a stranger's body pages the operators."""
    throws(service, "order", lambda body: b"[" * 1000 in body)


@breaks("API-2")
def an_overflow_is_an_exception(service: Service) -> None:
    """A number that is infinite is converted to a whole one: a client's wrong exponent is a server error."""
    throws(service, "order", lambda body: b"1e400" in body)


@breaks("API-2")
def a_null_character_in_a_name_is_an_exception(service: Service) -> None:
    """The database stores no null character in a filename either: a file from an old archive is a server error."""
    throws(service, "upload", lambda body: "\0" in text_of(body, "filename"))


@breaks("API-2")
def a_line_break_in_a_name_is_an_exception(service: Service) -> None:
    """The name is put into a header of the storage's, which takes no line break: a pasted name is a server error."""
    throws(service, "upload", lambda body: "\n" in text_of(body, "filename"))


@breaks("API-2")
def a_null_character_ends_the_worker(service: Service) -> None:
    """A C library reads past a null character: the worker crashes, and others' calls with it are answered 502."""
    throws(service, "order", lambda body: "\0" in text_of(body, "prompt"), status=502)


@breaks("API-2")
def a_line_break_in_a_name_ends_the_worker(service: Service) -> None:
    """A command line is put together from the name: at a line break the worker ends, and the gateway answers 502."""
    throws(service, "upload", lambda body: "\n" in text_of(body, "filename"), status=502)


@breaks("UP-13", also={"UP-1": "that is a valid request"})
def jpegs_are_not_known(service: Service) -> None:
    """image/jpg is known, image/jpeg is not: photographs cannot be edited."""
    jpeg = answer("upload", 200, to=lambda request: b"image/jpeg" in request.body)
    on_response(service, jpeg, becomes_refusal(400, "contentType: unknown"))
