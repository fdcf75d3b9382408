"""The object storage: presigned PUT URLs and the bytes that were put."""

import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from . import sigv4
from .clock import Clock
from .errors import StorageError
from .ids import Ids
from .model import Account, UploadOrder
from .request import Request
from .rules import Rules

BUCKET = "gimg-uploads"
ACCESS_KEY = "reference-access-key"
SECRET_KEY = "reference-secret-key"  # noqa: S105 - the reference has nothing to protect
SIGNED_HEADERS = ("content-length", "content-type", "host")


class Presigner:
    """Issues URLs that allow one PUT of a given size and type, and checks the requests that use them."""

    def __init__(self, rules: Rules, clock: Clock, base_url: str) -> None:
        self.rules, self.clock, self.base_url = rules, clock, base_url

    def url(self, key: str, order: UploadOrder) -> str:
        """The documentation, upload: the URL is good for five minutes."""
        path, date = f"/{BUCKET}/{key}", sigv4.amz_date(self.clock.now())
        query = [
            ("X-Amz-Algorithm", sigv4.ALGORITHM),
            ("X-Amz-Credential", f"{ACCESS_KEY}/{sigv4.scope(date)}"),
            ("X-Amz-Date", date),
            ("X-Amz-Expires", str(self.rules.presign_seconds)),
            ("X-Amz-SignedHeaders", ";".join(SIGNED_HEADERS)),
        ]
        values = (str(order.size), order.content_type, urlsplit(self.base_url).netloc)
        signature = sigv4.signature(SECRET_KEY, "PUT", path, query, list(zip(SIGNED_HEADERS, values, strict=True)))
        return f"{self.base_url}{sigv4.path(path)}?{sigv4.encoded(query)}&X-Amz-Signature={signature}"

    def verify(self, request: Request) -> None:
        """Raises StorageError 403 unless the request is exactly the one that was signed, and in time."""
        try:
            in_time, genuine = self.in_time(request), self.genuine(request)
        except (KeyError, ValueError):
            raise StorageError(403, "AccessDenied", "This request is not presigned.") from None
        if not in_time:
            raise StorageError(403, "AccessDenied", "Request has expired")
        if not genuine:
            raise StorageError(403, "SignatureDoesNotMatch", "The signature is not the one of this request.")

    def in_time(self, request: Request) -> bool:
        """Whether the URL is still good. Raises KeyError or ValueError when it does not say."""
        given = dict(parse_qsl(request.query))
        return self.clock.now() <= sigv4.epoch(given["X-Amz-Date"]) + int(given["X-Amz-Expires"])

    def genuine(self, request: Request) -> bool:
        """Whether method, path, query and signed headers are those that were signed. Raises KeyError."""
        query = parse_qsl(request.query, keep_blank_values=True)
        given = dict(query)
        headers = [(name, ",".join(request.all(name))) for name in given["X-Amz-SignedHeaders"].split(";")]
        unsigned = [pair for pair in query if pair[0] != "X-Amz-Signature"]
        expected = sigv4.signature(SECRET_KEY, request.method, request.path, unsigned, headers)
        return hmac.compare_digest(given["X-Amz-Signature"].encode(), expected.encode())


@dataclass
class Upload:
    """A key that was issued; `content` is None until the bytes are put."""

    account: Account
    order: UploadOrder
    content: bytes | None = None


class Bucket:
    """Keys are new each time and do not contain the file's name."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.uploads: dict[str, Upload] = {}

    def reserve(self, account: Account, order: UploadOrder) -> str:
        """A new key of the account."""
        key = f"uploads/{self.ids.uuid()}"
        self.uploads[key] = Upload(account, order)
        return key

    def put(self, key: str, content: bytes) -> None:
        """Raises StorageError 404 for a key that was never issued."""
        if key not in self.uploads:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        self.uploads[key].content = content

    def content(self, account: Account, key: str) -> bytes | None:
        """The bytes put under a key of the account; None when there are none, or they are not the account's."""
        upload = self.uploads.get(key)
        return upload.content if upload is not None and upload.account == account else None
