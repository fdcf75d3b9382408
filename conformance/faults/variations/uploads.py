"""Servers whose upload URLs and keys look otherwise, and are right."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import answer, with_members, writes
from conformance.reference import Service
from conformance.reference.errors import StorageError
from conformance.reference.model import Account, UploadOrder
from conformance.reference.request import Request
from conformance.reference.response import Response

SECRET = b"opaque"


def _token(key: str, order: UploadOrder, until: float) -> str:
    text = f"{key}|{order.size}|{order.content_type}|{until:.3f}"
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest() + f"{int(until * 1000):x}"


def _opaque(service: Service, *, query: str) -> None:
    """Tokens in place of Signature Version 4: in the query under this name, or before the key in the path."""
    presigner, bucket, clock = service.parts.presigner, service.parts.bucket, service.parts.clock
    base = f"{presigner.base_url}/gimg-uploads"

    def url(key: str, order: UploadOrder) -> str:
        token = _token(key, order, clock.now() + 300)
        return f"{base}/{key}?{query}={token}" if query else f"{base}/{key}?{token}"

    def verify(request: Request) -> None:
        key = request.params["key"]
        given = parse_qs(request.query).get(query, [""])[0] if query else request.query
        until = int(given[64:] or "0", 16) / 1000
        order = bucket.uploads[key].order if key in bucket.uploads else None
        sent = (request.header("content-length"), request.header("content-type"))
        announced = order and (str(order.size), order.content_type)
        if order is None or given != _token(key, order, until) or clock.now() > until or sent != announced:
            raise StorageError(403, "AccessDenied", "no")

    presigner.url, presigner.verify = url, verify  # type: ignore[method-assign]


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


def in_base64(service: Service, fold: Callable[[str], str]) -> None:
    """Signatures are written in base64, and looked up by what `fold` makes of them."""
    presigner, issued = service.parts.presigner, dict[str, str]()
    proper, genuine = presigner.url, presigner.genuine

    def url(key: str, order: UploadOrder) -> str:
        made, _, signature = proper(key, order).rpartition("=")
        token = base64.urlsafe_b64encode(bytes.fromhex(signature)).decode().rstrip("=")
        issued[fold(token)] = signature
        return f"{made}={token}"

    def looked_up(request: Request) -> bool:
        made, _, token = request.query.rpartition("=")
        return genuine(replace(request, query=f"{made}={issued.get(fold(token), '')}"))

    presigner.url, presigner.genuine = url, looked_up  # type: ignore[method-assign]


@permitted("R18")
def signatures_are_in_base64(service: Service) -> None:
    """Half as long as in hexadecimal digits, and their case matters."""
    in_base64(service, str)


@permitted("R18")
def a_put_is_answered_201(service: Service) -> None:
    """Created: any 2xx is success."""
    writes(service, answer("object", 200), lambda response: Response(201, response.headers))


@permitted("R18")
def a_put_is_answered_204(service: Service) -> None:
    """Nothing to say."""
    writes(service, answer("object", 200), lambda response: Response(204, ()))


@permitted("R18")
def a_changed_signature_is_unauthorized(service: Service) -> None:
    """401 in place of 403, from a storage that thinks so."""
    writes(
        service,
        lambda request, response: request.route == "object" and response.status == 403,
        lambda response: replace(response, status=401),
    )


@permitted("R18")
def a_url_is_good_for_one_put(service: Service) -> None:
    """What was put once stays."""
    presigner, bucket = service.parts.presigner, service.parts.bucket
    proper = presigner.verify

    def verify(request: Request) -> None:
        upload = bucket.uploads.get(request.params["key"])
        if upload is not None and upload.content is not None:
            raise StorageError(409, "AlreadyExists", "no")
        proper(request)

    presigner.verify = verify  # type: ignore[method-assign]


@permitted("R18")
def keys_are_folders_by_day(service: Service) -> None:
    """Slashes, dots, the extension of the media type, and a word that stands in filenames too."""
    bucket = service.parts.bucket
    proper = bucket.reserve

    def reserve(account: Account, order: UploadOrder) -> str:
        key = proper(account, order)
        named = f"photos/2026/01/{key.rpartition('/')[2]}.{order.content_type.rpartition('/')[2]}"
        bucket.uploads[named] = bucket.uploads.pop(key)
        return named

    bucket.reserve = reserve  # type: ignore[method-assign]


@permitted("R18")
def an_upload_tells_more(service: Service) -> None:
    """When it expires, which headers to send, and the method."""
    writes(
        service,
        answer("upload", 200),
        with_members(expiresIn=300, method="PUT", headers={"Content-Type": "image/png"}, filename="photo.png"),
    )
