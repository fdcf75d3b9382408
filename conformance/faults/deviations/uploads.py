"""Servers that hand out keys and presigned URLs that are not fresh, not signed, or not for long enough."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, quote

from conformance.faults.catalogue import breaks
from conformance.faults.variations.uploads import in_base64
from conformance.faults.verbs import OMIT, answer, status_becomes, with_members, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError, StorageError
from conformance.reference.model import Account, UploadOrder
from conformance.reference.request import Request
from conformance.reference.response import Response

ACCEPTED = answer("upload", 200)


@breaks("UP-1")
def an_upload_is_answered_202(service: Service) -> None:
    """Clients that wait for a 200 throw the URL away."""
    writes(service, ACCEPTED, status_becomes(202))


@breaks("UP-2")
def an_upload_is_an_array(service: Service) -> None:
    """A batch of one: every client looks for url in an array."""
    writes(service, ACCEPTED, lambda response: response.with_json([response.json()]))


@breaks("UP-25")
def the_url_is_a_path(service: Service) -> None:
    """Clients put the API's host before it, where no storage is."""
    writes(service, ACCEPTED, lambda response: with_members(url=_path(response))(response))


def _path(response: Response) -> str:
    return "/" + str(response.json()["url"]).split("/", 3)[3]


@breaks("UP-26")
def there_is_no_key(service: Service) -> None:
    """The key can be read out of the URL, somebody thought."""
    writes(service, ACCEPTED, with_members(key=OMIT))


@breaks("UP-26")
def the_key_is_a_number(service: Service) -> None:
    """A row's id: generate, which wants strings, refuses it."""
    writes(service, ACCEPTED, lambda response: with_members(key=abs(hash(response.body)) % 10**9)(response))


def _verifies(service: Service, wrap: Callable[[Request, Callable[[Request], None]], None]) -> None:
    """Replace the verification of a presigned PUT."""
    presigner = service.parts.presigner
    proper = presigner.verify
    presigner.verify = lambda request: wrap(request, proper)  # type: ignore[method-assign]


def _denied() -> StorageError:
    return StorageError(403, "AccessDenied", "no")


@breaks("UP-27")
def the_storage_wants_the_key(service: Service) -> None:
    """Clients have to send their secret to another host, where it is logged."""

    def verify(request: Request, proper: Callable[[Request], None]) -> None:
        if request.header("authorization") is None:
            raise _denied()
        proper(request)

    _verifies(service, verify)


@breaks("UP-27")
def a_put_is_answered_with_a_redirect(service: Service) -> None:
    """The bucket was moved to another region: clients that do not send the body twice lose it."""
    writes(
        service, answer("object", 200), lambda response: Response(307, (("Location", "https://example.com/elsewhere"),))
    )


@breaks("UP-27")
def webps_cannot_be_put(service: Service) -> None:
    """The bucket's policy lists two of the three media types."""

    def verify(request: Request, proper: Callable[[Request], None]) -> None:
        if request.header("content-type") == "image/webp":
            raise _denied()
        proper(request)

    _verifies(service, verify)


@breaks("UP-27")
def more_than_a_megabyte_cannot_be_put(service: Service) -> None:
    """A proxy before the storage has a limit of its own: photographs fail, thumbnails do not."""

    def verify(request: Request, proper: Callable[[Request], None]) -> None:
        if int(request.header("content-length") or 0) > 1024 * 1024:
            raise StorageError(413, "EntityTooLarge", "no")
        proper(request)

    _verifies(service, verify)


@breaks("UP-28", also={"UP-31": "lengths are signed", "UP-32": "and so are media types"})
def signatures_are_not_looked_at(service: Service) -> None:
    """Only the expiry is checked: whoever knows a key replaces a customer's image."""
    service.parts.presigner.genuine = lambda request: True  # type: ignore[method-assign]


@breaks("UP-28")
def half_a_signature_is_enough(service: Service) -> None:
    """The comparison ends with the first half of the signature."""
    _compares(service, lambda given, wanted: given[: len(wanted) // 2 - 1] == wanted[: len(wanted) // 2 - 1])


@breaks("UP-28")
def the_case_of_a_signature_is_ignored(service: Service) -> None:
    """Base64 in a table whose collation ignores case: a third of what made it hard to guess is gone."""
    in_base64(service, str.lower)


@breaks("UP-28")
def no_signature_is_as_good_as_one(service: Service) -> None:
    """A PUT without the parameter takes the path of trusted callers."""
    _compares(service, lambda given, wanted: given in {"", wanted})


@breaks("UP-28", also={"UP-31": "lengths are signed", "UP-32": "and so are media types"})
def any_signature_that_was_issued_will_do(service: Service) -> None:
    """Signatures are looked up in a list, and not tied to their key: one's URL opens all others."""
    presigner, issued = service.parts.presigner, set[str]()
    proper = presigner.url

    def url(key: str, order: UploadOrder) -> str:
        made = proper(key, order)
        issued.add(made.rpartition("=")[2])
        return made

    presigner.url = url  # type: ignore[method-assign]
    _compares(service, lambda given, wanted: given == wanted or given in issued)


def _compares(service: Service, good: Callable[[str, str], bool]) -> None:
    """Judge the given signature against the one that the same request would have been given."""
    presigner = service.parts.presigner
    from conformance.reference import sigv4  # noqa: PLC0415 - one family's need
    from conformance.reference.storage import SECRET_KEY  # noqa: PLC0415

    def genuine(request: Request) -> bool:
        query = parse_qsl(request.query, keep_blank_values=True)
        given = dict(query)
        headers = [(name, ",".join(request.all(name))) for name in given["X-Amz-SignedHeaders"].split(";")]
        unsigned = [pair for pair in query if pair[0] != "X-Amz-Signature"]
        wanted = sigv4.signature(SECRET_KEY, request.method, request.path, unsigned, headers)
        return good(given.get("X-Amz-Signature", ""), wanted)

    presigner.genuine = genuine  # type: ignore[method-assign]


@breaks("UP-29")
def urls_are_good_for_a_minute(service: Service) -> None:
    """Minutes and seconds were mixed up somewhere: large files on slow lines never arrive."""
    service.parts.presigner.rules = replace(service.parts.rules, presign_seconds=60)


@breaks("UP-30")
def urls_are_good_for_an_hour(service: Service) -> None:
    """The library's default: leaked URLs stay open."""
    service.parts.presigner.rules = replace(service.parts.rules, presign_seconds=3600)


@breaks("UP-30")
def urls_are_good_for_five_and_a_half_minutes(service: Service) -> None:
    """A grace that was meant for clocks that are wrong."""
    service.parts.presigner.rules = replace(service.parts.rules, presign_seconds=330)


@breaks("UP-30")
def webps_never_expire(service: Service) -> None:
    """A newer path of the code, which forgot the check."""
    _expires(service, lambda request: request.header("content-type") != "image/webp")


@breaks("UP-30")
def a_used_url_never_expires(service: Service) -> None:
    """What was put once may be put again at any time: approved inputs change behind the customer's back."""
    _expires(service, lambda request: service.parts.bucket.uploads[request.params["key"]].content is None)


def _expires(service: Service, when: Callable[[Request], bool]) -> None:
    presigner = service.parts.presigner
    proper = presigner.in_time
    presigner.in_time = lambda request: proper(request) or not when(request)  # type: ignore[method-assign]


@breaks("UP-31")
def any_length_can_be_put(service: Service) -> None:
    """The announced size is not signed: ten bytes are announced and gigabytes put."""
    _signs(service, "content-length")


@breaks("UP-31")
def more_than_announced_can_be_put(service: Service) -> None:
    """Only what is too short is noticed."""
    presigner = service.parts.presigner
    proper = presigner.genuine

    def genuine(request: Request) -> bool:
        wanted = service.parts.bucket.uploads[request.params["key"]].order.size
        if int(request.header("content-length") or 0) > wanted:
            others = tuple(pair for pair in request.headers if pair[0] != "content-length")
            return proper(replace(request, headers=(*others, ("content-length", str(wanted)))))
        return proper(request)

    presigner.genuine = genuine  # type: ignore[method-assign]


@breaks("UP-32")
def any_media_type_can_be_put(service: Service) -> None:
    """The announced type is not signed: HTML is put and served from the storage's host."""
    _signs(service, "content-type")


def _signs(service: Service, but: str) -> None:
    """All headers but one are judged: the missing one is taken as it was announced."""
    presigner = service.parts.presigner
    proper = presigner.genuine

    def genuine(request: Request) -> bool:
        order = service.parts.bucket.uploads[request.params["key"]].order
        announced = {"content-length": str(order.size), "content-type": order.content_type}[but]
        others = tuple(pair for pair in request.headers if pair[0] != but)
        return proper(replace(request, headers=(*others, (but, announced))))

    presigner.genuine = genuine  # type: ignore[method-assign]


def _reserves(service: Service, name: Callable[[Account, UploadOrder, str], str]) -> None:
    """Choose keys otherwise, given the one that would have been chosen."""
    bucket = service.parts.bucket
    proper = bucket.reserve

    def reserve(account: Account, order: UploadOrder) -> str:
        key = proper(account, order)
        named = name(account, order, key)
        bucket.uploads[named] = bucket.uploads.pop(key)
        return named

    bucket.reserve = reserve  # type: ignore[method-assign]


@breaks("UP-33")
def equal_files_share_a_key(service: Service) -> None:
    """The key is a hash of what was announced: two photographs of one name and size overwrite each other."""
    from hashlib import sha256  # noqa: PLC0415 - one fault's need

    _reserves(
        service, lambda account, order, key: f"uploads/{sha256(repr((account.name, order)).encode()).hexdigest()}"
    )


@breaks("UP-33", also={"GEN-2": "the next call takes the file's place", "UP-28": "another's URL is one's own"})
def keys_are_the_time(service: Service) -> None:
    """Two uploads within a second get one key."""
    _reserves(service, lambda account, order, key: f"uploads/{int(service.parts.clock.now())}")


@breaks("UP-33", also={"GEN-2": "what is found under the key is another customer's"})
def keys_count_by_account(service: Service) -> None:
    """Every customer's first upload has the same key."""
    counts: dict[str, int] = {}

    def name(account: Account, order: UploadOrder, key: str) -> str:
        counts[account.name] = counts.get(account.name, 0) + 1
        return f"uploads/{counts[account.name]:08d}"

    _reserves(service, name)


@breaks("UP-34")
def the_key_ends_in_the_filename(service: Service) -> None:
    """Names of customers' files stand in logs and URLs."""
    _reserves(service, lambda account, order, key: f"{key}-{order.filename}")


@breaks("UP-34")
def the_key_holds_a_slug_of_the_filename(service: Service) -> None:
    """Readable keys: what the file is called can be guessed from its URL."""

    def slug(order: UploadOrder) -> str:
        return "".join(c if c.isascii() and c.isalnum() else "-" for c in order.filename.lower())

    _reserves(service, lambda account, order, key: f"{key}/{slug(order)}")


@breaks("UP-34")
def a_name_outside_ascii_stands_in_the_key(service: Service) -> None:
    """What cannot be written plainly is kept in percent signs."""
    _reserves(
        service,
        lambda account, order, key: key if order.filename.isascii() else f"{key}-{quote(order.filename)}",
    )


@breaks("UP-1")
def an_equal_upload_is_a_mistake(service: Service) -> None:
    """Whoever uploads the same file for two edits is told that it is there already."""
    seen = set[bytes]()

    def change(request: Request, response: Response) -> Response:
        repeated = ACCEPTED(request, response) and request.body in seen
        seen.add(request.body)
        return _refused(response) if repeated and request.body.count(b"%") else response

    service.rewriters.append(change)


def _refused(response: Response) -> Response:
    return ApiError(400, "invalid_body", "filename: not like this").response().with_headers(response.headers[1:])


@breaks("UP-1")
def the_first_upload_waits_for_its_bucket(service: Service) -> None:
    """A cold start is told as a 202: the first client of the day throws the URL away."""
    cold = [True]

    def change(request: Request, response: Response) -> Response:
        if ACCEPTED(request, response) and cold:
            cold.clear()
            return replace(response, status=202)
        return response

    service.rewriters.append(change)
