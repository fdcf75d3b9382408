"""Servers that hand out keys and presigned URLs that are not fresh, not signed, or not for long enough."""

import asyncio
import base64
import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    OMIT,
    PRESIGNED,
    PUT,
    Proper,
    around,
    becomes,
    becomes_refusal,
    change_rules,
    first_time,
    json_becomes,
    on_response,
    on_result,
    status_becomes,
    with_members,
)
from conformance.reference import Service, sigv4
from conformance.reference.errors import ApiError, StorageError
from conformance.reference.model import Account, UploadOrder
from conformance.reference.request import Request
from conformance.reference.response import Response
from conformance.reference.storage import SECRET_KEY


@breaks("UP-1")
def an_upload_is_answered_202(service: Service) -> None:
    """The handler is a copy of that of generate: clients that wait for a 200 throw the URL away."""
    on_response(service, PRESIGNED, status_becomes(202))


@breaks("UP-2")
def an_upload_is_an_array(service: Service) -> None:
    """The batch's serialiser is used for a batch of one: every client looks for url in an array."""
    on_response(service, PRESIGNED, json_becomes(lambda content: [content]))


@breaks("UP-25")
def the_url_is_a_path(service: Service) -> None:
    """The host is left out of the URL: clients put the API's before it, where no storage is."""
    on_response(
        service, PRESIGNED, json_becomes(lambda content: content | {"url": "/" + content["url"].split("/", 3)[3]})
    )


@breaks("UP-26")
def there_is_no_key(service: Service) -> None:
    """The key is left out since it stands in the URL: clients have nothing to pass to generate."""
    on_response(service, PRESIGNED, with_members(key=OMIT))


@breaks("UP-26")
def the_key_is_a_number(service: Service) -> None:
    """The key is a row's id: generate, which wants strings, refuses it."""
    on_response(service, PRESIGNED, json_becomes(lambda content: content | {"key": abs(hash(content["key"])) % 10**9}))


def _denies(service: Service, when: Callable[[Request], bool], status: int = 403) -> None:
    """A presigned PUT of which this holds is refused."""

    def verify(proper: Proper, request: Request) -> None:
        if when(request):
            raise StorageError(status, "AccessDenied", "no")
        proper(request)

    around(service.parts.presigner, "verify", verify)


@breaks("UP-27")
def the_storage_wants_the_key(service: Service) -> None:
    """The storage stands behind the API's middleware: clients have to send their secret to a host that logs it."""
    _denies(service, lambda request: request.header("authorization") is None)


@breaks("UP-27")
def a_put_is_answered_with_a_redirect(service: Service) -> None:
    """URLs are signed for the old region of a bucket that was moved: clients that send a body once lose it."""
    moved = Response(307, (("Location", "https://example.com/elsewhere"),))
    on_response(service, PUT, becomes(moved))


@breaks("UP-27")
def webps_cannot_be_put(service: Service) -> None:
    """The bucket's policy lists two of the three media types: what was announced cannot be put."""
    _denies(service, lambda request: request.header("content-type") == "image/webp")


@breaks("UP-27")
def more_than_a_megabyte_cannot_be_put(service: Service) -> None:
    """A proxy before the storage has a limit of its own: photographs fail, thumbnails do not."""
    _denies(service, lambda request: int(request.header("content-length") or 0) > 1024 * 1024, status=413)


@breaks("UP-28", also={"UP-31": "lengths are signed", "UP-32": "and so are media types"})
def signatures_are_not_looked_at(service: Service) -> None:
    """Only the expiry is checked: whoever knows a key replaces a customer's image."""
    around(service.parts.presigner, "genuine", lambda *_: True)


@breaks("UP-28")
def half_a_signature_is_enough(service: Service) -> None:
    """The comparison ends with the first half of the signature: forging one takes the root of the time."""
    _compares(service, lambda given, wanted: given[: len(wanted) // 2 - 1] == wanted[: len(wanted) // 2 - 1])


@breaks("UP-28")
def the_case_of_a_signature_is_ignored(service: Service) -> None:
    """Signatures in base64 are looked up with a collation that ignores case: a third of their strength is gone."""
    in_base64(service, str.lower)


def in_base64(service: Service, fold: Callable[[str], str]) -> None:
    """Signatures are written in base64, and looked up by what `fold` makes of them."""
    issued = dict[str, str]()

    def url(proper: str, *_: object) -> str:
        made, signature = proper.rsplit("=", 1)
        token = base64.urlsafe_b64encode(bytes.fromhex(signature)).decode().rstrip("=")
        issued[fold(token)] = signature
        return f"{made}={token}"

    def genuine(proper: Proper, request: Request) -> Any:
        made, _, token = request.query.rpartition("=")
        return proper(replace(request, query=f"{made}={issued.get(fold(token), '')}"))

    on_result(service.parts.presigner, "url", url)
    around(service.parts.presigner, "genuine", genuine)


@breaks("UP-28")
def no_signature_is_as_good_as_one(service: Service) -> None:
    """A PUT without the parameter takes the path of trusted callers: whoever knows a key replaces an image."""
    _compares(service, lambda given, wanted: given in {"", wanted})


@breaks("UP-28", also={"UP-31": "lengths are signed", "UP-32": "and so are media types"})
def any_signature_that_was_issued_will_do(service: Service) -> None:
    """Signatures are looked up in a list, and not tied to their key: one's URL opens all others."""
    issued = set[str]()

    def url(proper: str, *_: object) -> str:
        issued.add(proper.rpartition("=")[2])
        return proper

    on_result(service.parts.presigner, "url", url)
    _compares(service, lambda given, wanted: given == wanted or given in issued)


def _compares(service: Service, good: Callable[[str, str], bool]) -> None:
    """Judge the given signature against the one that the same request would have been given."""

    def genuine(_: Proper, request: Request) -> bool:
        query = parse_qsl(request.query, keep_blank_values=True)
        given = dict(query)
        headers = [(name, ",".join(request.all(name))) for name in given["X-Amz-SignedHeaders"].split(";")]
        unsigned = [pair for pair in query if pair[0] != "X-Amz-Signature"]
        wanted = sigv4.signature(SECRET_KEY, request.method, request.path, unsigned, headers)
        return good(given.get("X-Amz-Signature", ""), wanted)

    around(service.parts.presigner, "genuine", genuine)


@breaks("UP-28", also={"UP-31": "lengths are signed"})
def a_file_that_is_there_needs_no_signature(service: Service) -> None:
    """An upload that resumes is let through by its key: whoever knows a key replaces a customer's image."""
    stored = set[str]()

    def genuine(proper: Proper, request: Request) -> Any:
        if request.path not in stored and proper(request):
            stored.add(request.path)
        return request.path in stored

    around(service.parts.presigner, "genuine", genuine)


@breaks("UP-29")
def urls_are_good_for_a_minute(service: Service) -> None:
    """Minutes and seconds were mixed up in a setting: large files on slow lines never arrive."""
    change_rules(service, presign_seconds=60)


@breaks("UP-30")
def urls_are_good_for_an_hour(service: Service) -> None:
    """The library's default lifetime is left in place: leaked URLs stay open."""
    change_rules(service, presign_seconds=60 * 60)


@breaks("UP-30")
def urls_are_good_for_five_and_a_half_minutes(service: Service) -> None:
    """A grace that was meant for clocks that are wrong is added to every URL: it is open for longer than it says."""
    change_rules(service, presign_seconds=service.parts.rules.presign_seconds + 30)


@breaks("UP-30")
def webps_never_expire(service: Service) -> None:
    """The newest media type's code path forgot the check of the time: leaked URLs stay open."""
    on_result(
        service.parts.presigner,
        "in_time",
        lambda in_time, request: in_time or request.header("content-type") == "image/webp",
    )


@breaks("UP-30")
def a_used_url_never_expires(service: Service) -> None:
    """The time is checked for the first put only: approved inputs change behind the customer's back."""
    uploads = service.parts.bucket.uploads
    on_result(
        service.parts.presigner,
        "in_time",
        lambda in_time, request: in_time or uploads[request.params["key"]].content is not None,
    )


@breaks("UP-31")
def any_length_can_be_put(service: Service) -> None:
    """The announced size is not signed: ten bytes are announced and gigabytes put."""
    _forgives(service, "content-length")


@breaks("UP-31")
def more_than_announced_can_be_put(service: Service) -> None:
    """A `<` where a `!=` belongs: only what is too short is noticed, and gigabytes are put."""
    _forgives(service, "content-length", lambda sent, announced: int(sent) > int(announced))


@breaks("UP-32")
def any_media_type_can_be_put(service: Service) -> None:
    """The announced type is not signed: HTML is put and served from the storage's host."""
    _forgives(service, "content-type")


def _forgives(service: Service, header: str, when: Callable[[str, str], bool] = lambda *_: True) -> None:
    """A signed header is taken as it was announced when this holds of what is sent and what was announced."""

    def genuine(proper: Proper, request: Request) -> Any:
        order = service.parts.bucket.uploads[request.params["key"]].order
        announced = {"content-length": str(order.size), "content-type": order.content_type}[header]
        if not when(request.header(header) or "0", announced):
            return proper(request)
        others = tuple(pair for pair in request.headers if pair[0] != header)
        return proper(replace(request, headers=(*others, (header, announced))))

    around(service.parts.presigner, "genuine", genuine)


def keys_become(service: Service, name: Callable[[str, Account, UploadOrder], str]) -> None:
    """Choose keys otherwise, given the one that would have been chosen."""
    uploads = service.parts.bucket.uploads

    def reserve(key: str, account: Account, order: UploadOrder) -> str:
        named = name(key, account, order)
        uploads[named] = uploads.pop(key)
        return named

    on_result(service.parts.bucket, "reserve", reserve)


@breaks("UP-33")
def equal_files_share_a_key(service: Service) -> None:
    """The key is a hash of what was announced: two photographs of one name and size overwrite each other."""
    keys_become(
        service, lambda _, account, order: f"uploads/{sha256(repr((account.name, order)).encode()).hexdigest()}"
    )


@breaks("UP-33", also={"GEN-2": "the next call takes the file's place", "UP-28": "another's URL is one's own"})
def keys_are_the_time(service: Service) -> None:
    """The key is the time in seconds: two uploads within a second get one key, and one of them is lost."""
    keys_become(service, lambda *_: f"uploads/{int(service.parts.clock.now())}")


@breaks("UP-33", also={"GEN-2": "what is found under the key is another customer's"})
def keys_count_by_account(service: Service) -> None:
    """Keys are counted without the account in them: every customer's first upload has the same one."""
    counts = Counter[str]()

    def name(_: str, account: Account, *__: object) -> str:
        counts[account.name] += 1
        return f"uploads/{counts[account.name]:08d}"

    keys_become(service, name)


@breaks("UP-34")
def the_key_ends_in_the_filename(service: Service) -> None:
    """The filename is appended to the key: names of customers' files stand in logs and URLs."""
    keys_become(service, lambda key, _, order: f"{key}-{order.filename}")


@breaks("UP-34")
def the_key_holds_a_slug_of_the_filename(service: Service) -> None:
    """Keys are made readable with a slug: what the file is called can be guessed from its URL."""

    def name(key: str, _: Account, order: UploadOrder) -> str:
        slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in order.filename.lower())
        return f"{key}/{slug}"

    keys_become(service, name)


@breaks("UP-34", also={"GEN-2": "the key of a long name is longer than an edit takes"})
def a_name_outside_ascii_stands_in_the_key(service: Service) -> None:
    """A filename that cannot be written plainly is kept in percent signs: it stands in logs and URLs."""
    keys_become(service, lambda key, _, order: key if order.filename.isascii() else f"{key}-{quote(order.filename)}")


@breaks("UP-1")
def an_equal_upload_is_a_mistake(service: Service) -> None:
    """A unique index is over what was announced: whoever uploads the same file for two edits is refused."""
    seen = set[bytes]()

    def change(request: Request, response: Response) -> Any:
        repeated = request.body in seen and b"%" in request.body
        seen.add(request.body)
        return becomes_refusal(400, "filename: not like this")(request, response) if repeated else response

    on_response(service, PRESIGNED, change)


@breaks("UP-1")
def the_first_upload_waits_for_its_bucket(service: Service) -> None:
    """A bucket that is not made yet is told as a 202: the first client of the day throws the URL away."""
    on_response(service, first_time(PRESIGNED), status_becomes(202))


def _refuses_puts_of(service: Service, named: Callable[[str], object]) -> None:
    """A presigned PUT is refused by the name of its file."""
    uploads = service.parts.bucket.uploads

    def of_this_name(request: Request) -> bool:
        upload = uploads.get(request.params["key"])
        return upload is not None and bool(named(upload.order.filename))

    _denies(service, of_this_name)


def _refuses_names(service: Service, named: Callable[[str], object]) -> None:
    """An upload call is answered 400 by the name of its file."""

    def order(proper: Proper, body: bytes) -> Any:
        valid = proper(body)
        if named(valid.filename):
            raise ApiError(400, "invalid_body", "filename: not like this")
        return valid

    around(service.parts.validator, "upload", order)


@breaks("UP-27", along=("punctuation",))
def what_a_url_may_hold_is_signed_unencoded(service: Service) -> None:
    """encodeURIComponent leaves !'()* as they are and the signature does not: copies such as "a (1)" are refused."""
    _refuses_puts_of(service, re.compile(r"[!'()*]").search)


@breaks("UP-27", along=("punctuation",))
def a_blank_is_signed_as_a_plus(service: Service) -> None:
    """A form's encoding is used for a header that is signed: files whose names have blanks cannot be put."""
    _refuses_puts_of(service, lambda name: " " in name)


@breaks("UP-27", along=("non-ascii",))
def a_name_is_a_header_of_the_file(service: Service) -> None:
    """The name is signed as metadata, and read back as Latin-1: files with Chinese names cannot be put."""
    _refuses_puts_of(service, lambda name: not name.isascii())


@breaks("UP-27", along=("random",))
def a_name_makes_the_policy_too_long(service: Service) -> None:
    """The name goes into a policy of limited length: a short name works, and a long one that does not repeat fails."""
    _refuses_puts_of(service, lambda name: len(zlib.compress(name.encode())) > TOO_LONG)


@breaks("UP-1", along=("random",))
def a_long_name_fits_only_when_it_compresses(service: Service) -> None:
    """Rows are compressed and have a size: names of one letter fit, those of a camera's application do not."""
    _refuses_names(service, lambda name: len(zlib.compress(name.encode())) > TOO_LONG)


TOO_LONG = 120
"""Bytes of a compressed name."""


@breaks("UP-1", along=("punctuation",))
def a_percent_sign_is_decoded(service: Service) -> None:
    """The name is decoded once more: "100% done.png" is malformed to the decoder, and refused."""
    _refuses_names(service, re.compile("%(?![0-9A-Fa-f]{2})").search)


@breaks("UP-1", along=("punctuation",))
def a_dot_before_a_name_hides_the_file(service: Service) -> None:
    """A check against path traversal looks at the first character: names that begin with a dot are refused."""
    _refuses_names(service, lambda name: name.startswith("."))


@breaks("UP-1", along=("non-ascii",))
def a_name_has_three_bytes_a_character(service: Service) -> None:
    """The table's charset is MySQL's old utf8: names with an emoji are refused, all other languages work."""
    _refuses_names(service, lambda name: max(map(ord, name)) > 0xFFFF)


@breaks("UP-1", along=("non-ascii",))
def a_name_has_only_whole_letters(service: Service) -> None:
    """A pattern of letters knows no combining characters: files from a Mac, whose names have them, are refused."""
    _refuses_names(service, re.compile("[\u0300-\u036f]").search)


@breaks("UP-33", along=("at-once",))
def uploads_at_once_share_a_key(service: Service) -> None:
    """The next key is read, and written back after a wait: of two that come together one is overwritten."""
    _slow_keys(service, lambda ahead: ahead is not None)


@breaks("UP-33", along=("at-once",))
def equal_uploads_at_once_are_taken_for_one(service: Service) -> None:
    """A guard against double clicks joins calls that are under way: two files of one name and size become one."""
    _slow_keys(service, bool)


def _slow_keys(service: Service, joins: Callable[[bytes | None], bool]) -> None:
    """A call that begins while another one of the account waits for its key gets that key, when this holds of it."""
    under_way = dict[str, Response]()

    async def change(request: Request, response: Response) -> Response:
        name = request.caller.name
        ahead = under_way.get(name)
        if ahead is not None and joins(request.body):
            return response.with_json(ahead.json())
        under_way[name] = response
        await asyncio.sleep(0.05)
        under_way.pop(name, None)
        return response

    on_response(service, PRESIGNED, change)


@breaks("UP-32", along=("order",))
def only_a_png_must_be_what_it_is_called(service: Service) -> None:
    """The two later types were added without the check: HTML is put and served from the storage's host."""
    _forgives(service, "content-type", lambda _, announced: announced != "image/png")


@breaks("UP-31")
def what_has_no_length_is_not_measured(service: Service) -> None:
    """Only a Content-Length is compared: a body in chunks may be as long as it likes."""
    _forgives(service, "content-length", lambda sent, _: sent == "0")
