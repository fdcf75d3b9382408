"""How a secret may be written, in bytes."""

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> set[bytes]:
    """As it is, in JSON, in HTML and in a URL."""
    if secret.isascii() and secret.isalnum():
        return {secret.encode()}
    found = {secret, html.escape(secret), *_in_json(secret), *_in_a_url(secret)}
    return {text.encode("utf-8", "surrogatepass") for text in found}


def _in_json(secret: str) -> Iterator[str]:
    for ascii_only in (True, False):
        text = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from (text, text.replace("/", "\\/"))
        yield re.sub("[&<>]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _in_a_url(secret: str) -> Iterator[str]:
    for text in (
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    ):
        yield from (text, re.sub("%..", lambda found: found[0].lower(), text))


def within_base64(secret: str) -> set[str]:
    """What every base64 text whose content holds the secret has in it, one of them by where the secret begins.

    The letters at both ends that tell of what stands beside the secret as well are left away.
    """
    raw, found = secret.encode("utf-8", "surrogatepass"), set()
    for before, begin in ((0, 0), (1, 2), (2, 3)):
        whole = 8 * (before + len(raw)) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(before) + raw).decode()[begin:whole])
    return found
