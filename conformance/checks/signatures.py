"""What signs an attempt, found while its secret is known, so that it is judged without the secret (R28)."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterable

from conformance.checks.expect import shorten
from conformance.evidence import parsed
from conformance.evidence.attempt import Attempt
from conformance.evidence.delivery import Signing

SIGNATURE, ID = "X-Gptimg-Signature", "X-Gptimg-Delivery"


def signing(secret: str, attempt: Attempt, beside: Iterable[Attempt] = ()) -> Signing:
    """The HMAC-SHA256 of the raw bytes, and what else the attempt's signature is, where it is another one.

    `beside` are attempts at the same endpoint, whose signature it may be.
    """
    proper = hmac.new(secret.encode(), attempt.body, hashlib.sha256).digest()
    digest = digest_in(attempt.header(SIGNATURE) or "")
    if digest in {None, proper}:
        return Signing(proper.hex())
    return Signing(proper.hex(), _guess(secret, attempt, digest or b"") or _whose(secret, beside, digest or b""))


def _whose(secret: str, beside: Iterable[Attempt], digest: bytes) -> str:
    """Which other attempt the signature is right for."""
    for other in beside:
        if hmac.new(secret.encode(), other.body, hashlib.sha256).digest() == digest:
            of = shorten(other.generation, 60)
            return f"right for another delivery to the same endpoint: attempt {other.number} of {of}"
    return "matches no known mistake"


def digest_in(signature: str) -> bytes | None:
    """The 32 bytes that a signature stands for, in whichever notation; None when it stands for no 32 bytes."""
    bare = re.sub(r"^[A-Za-z0-9]{2,8}=(?=[^=])", "", signature.strip())
    for decode in (bytes.fromhex, _base64):
        try:
            digest = decode(bare)
        except (ValueError, binascii.Error):
            continue
        if len(digest) == hashlib.sha256().digest_size:
            return digest
    return None


def _base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)


def _guess(whole: str, attempt: Attempt, digest: bytes) -> str:
    """What the signature was made of instead, where one of the usual mistakes explains it; else empty."""
    secret, bare = whole.encode(), whole.removeprefix("whsec_").encode()
    bodies = {"": attempt.body, **_written_again(attempt.body)}
    for key, words in ((secret, ""), (bare, "the secret without whsec_")):
        for how, body in bodies.items():
            if hmac.new(key, body, hashlib.sha256).digest() == digest and (words or how):
                return f"right for {' and '.join(part for part in (words, how) if part)}"
    return ""


def _written_again(body: bytes) -> dict[str, bytes]:
    content = parsed(body)
    if content is None:
        return {}
    return {
        "the body serialised again with blanks": json.dumps(content).encode(),
        "the body serialised again without blanks": json.dumps(content, separators=(",", ":")).encode(),
        "the body serialised again with sorted keys": json.dumps(content, sort_keys=True).encode(),
        "data alone": json.dumps(content.get("data"), separators=(",", ":"), ensure_ascii=False).encode()
        if isinstance(content, dict)
        else b"",
    }
