"""Servers whose upload URLs and keys look otherwise, and are right."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import parse_qs

from conformance.faults.catalogue import permitted
from conformance.faults.deviations.uploads import in_base64, keys_become
from conformance.faults.verbs import PRESIGNED, PUT, Proper, answer, around, on_response, status_becomes, with_members
from conformance.reference import Service
from conformance.reference.errors import StorageError
from conformance.reference.model import Account, UploadOrder
from conformance.reference.request import Request
from conformance.reference.storage import BUCKET

SECRET = b"opaque"


def _token(key: str, order: UploadOrder, until: float) -> str:
    text = f"{key}|{order.size}|{order.content_type}|{until:.3f}"
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest() + f"{int(until * 1000):x}"


def _opaque(service: Service, *, query: str) -> None:
    """Tokens in place of Signature Version 4: in the query under this name, or before the key in the path."""
    bucket, clock = service.parts.bucket, service.parts.clock
    base, seconds = f"{service.parts.base_url}/{BUCKET}", service.parts.rules.presign_seconds

    def url(_: Proper, key: str, order: UploadOrder) -> str:
        token = _token(key, order, clock.now() + seconds)
        return f"{base}/{key}?{query}={token}" if query else f"{base}/{key}?{token}"

    def verify(_: Proper, request: Request) -> None:
        key = request.params["key"]
        given = parse_qs(request.query).get(query, [""])[0] if query else request.query
        until = int(given[64:] or "0", 16) / 1000
        order = bucket.uploads[key].order if key in bucket.uploads else None
        sent = (request.header("content-length"), request.header("content-type"))
        announced = order and (str(order.size), order.content_type)
        if order is None or given != _token(key, order, until) or clock.now() > until or sent != announced:
            raise StorageError(403, "AccessDenied", "no")

    around(service.parts.presigner, "url", url)
    around(service.parts.presigner, "verify", verify)


@permitted("R18")
def urls_hold_a_token(service: Service) -> None:
    """A storage of the vendor's own, with a parameter called token."""
    _opaque(service, query="uploadToken")


@permitted("R18")
def urls_are_opaque(service: Service) -> None:
    """A bare query string that names nothing."""
    _opaque(service, query="")


@permitted("R18")
def urls_are_signed_as_others_do(service: Service) -> None:
    """A parameter sig, as in shared access signatures."""
    _opaque(service, query="sig")


@permitted("R18")
def signatures_are_in_base64(service: Service) -> None:
    """Half as long as in hexadecimal digits, and their case matters."""
    in_base64(service, str)


@permitted("R18")
def a_put_is_answered_201(service: Service) -> None:
    """Created: any 2xx is success."""
    on_response(service, PUT, lambda _, response: replace(response, status=201, body=b""))


@permitted("R18")
def a_put_is_answered_204(service: Service) -> None:
    """Nothing to say."""
    on_response(service, PUT, lambda _, response: replace(response, status=204, headers=(), body=b""))


@permitted("R18")
def a_changed_signature_is_unauthorized(service: Service) -> None:
    """401 in place of 403, from a storage that thinks so."""
    on_response(service, answer("object", 403), status_becomes(401))


@permitted("R18")
def a_url_is_good_for_one_put(service: Service) -> None:
    """What was put once stays."""
    uploads = service.parts.bucket.uploads

    def verify(proper: Proper, request: Request) -> None:
        upload = uploads.get(request.params["key"])
        if upload is not None and upload.content is not None:
            raise StorageError(409, "AlreadyExists", "no")
        proper(request)

    around(service.parts.presigner, "verify", verify)


@permitted("R18")
def keys_are_folders_by_day(service: Service) -> None:
    """Slashes, dots, the extension of the media type, and a word that stands in filenames too."""

    def name(key: str, _: Account, order: UploadOrder) -> str:
        return f"photos/2026/01/{key.rpartition('/')[2]}.{order.content_type.rpartition('/')[2]}"

    keys_become(service, name)


@permitted("R18")
def an_upload_tells_more(service: Service) -> None:
    """When it expires, which headers to send, and the method."""
    more = with_members(
        expiresIn=service.parts.rules.presign_seconds,
        method="PUT",
        headers={"Content-Type": "image/png"},
        filename="photo.png",
    )
    on_response(service, PRESIGNED, more)


@permitted("R18")
def a_length_is_required(service: Service) -> None:
    """411 to a body in chunks, as large storages answer."""

    def verify(proper: Proper, request: Request) -> None:
        if request.header("content-length") is None:
            raise StorageError(411, "MissingContentLength", "no")
        proper(request)

    around(service.parts.presigner, "verify", verify)
