"""AWS Signature Version 4 in its query form, for S3: pure functions.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
REGION, SERVICE = "auto", "s3"

Pairs = Sequence[tuple[str, str]]


def amz_date(moment: float) -> str:
    """Epoch seconds as `20260101T000000Z`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def epoch(date: str) -> float:
    """The reverse. Raises ValueError."""
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def scope(date: str) -> str:
    return f"{date[:8]}/{REGION}/{SERVICE}/aws4_request"


def path(decoded: str) -> str:
    """A canonical path."""
    return quote(decoded, safe="/-_.~")


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """A canonical query string."""
    return "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs))


def signature(secret: str, method: str, decoded_path: str, query: Pairs, headers: Pairs) -> str:
    """Sign a request whose payload is not signed.

    `query` holds the X-Amz- parameters but the signature; `headers` are the signed ones, their
    names in lower case.
    """
    date = dict(query)["X-Amz-Date"]
    signed = sorted(headers)
    canonical = "\n".join(
        (
            method,
            path(decoded_path),
            encoded(query),
            *(f"{name}:{' '.join(value.split())}" for name, value in signed),
            "",
            ";".join(name for name, _ in signed),
            "UNSIGNED-PAYLOAD",
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return _mac(_signing_key(secret, date), f"{ALGORITHM}\n{date}\n{scope(date)}\n{digest}").hex()


def _signing_key(secret: str, date: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in scope(date).split("/"):
        key = _mac(key, step)
    return key


def _mac(key: bytes, message: str) -> bytes:
    return hmac.new(key, message.encode(), hashlib.sha256).digest()
