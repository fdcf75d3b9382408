"""The storage host: what is put to presigned URLs, and URLs that are not what was handed out.

A presigned URL may have any shape. Nothing here knows more of it than that a signature is a long opaque word.
"""

import io
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit, urlunsplit

from conformance.cases.bodies import an_upload
from conformance.client import Api
from conformance.errors import NotApplicable
from conformance.evidence import Exchange
from conformance.world.downloads import is_absolute
from conformance.world.world import World, prerequisite

KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
LONG = 16
"""Characters of an opaque word that may be a signature."""
MIXED = 2
"""Letters of either case, none of them a hexadecimal digit, that no prefix puts into a signature by itself."""
SIGNATURES = tuple(
    re.compile(rf"(?:^|&)[^=&]*(?:{names})=(?P<value>[^&]{{{LONG},}})", re.IGNORECASE)
    for names in ("signature", "sig|sign|hmac|mac", "token")
)
"""A parameter that is called a signature; the likeliest names first."""


@cache
def image(content_type: str, shade: int = 90) -> bytes:
    """A small real image of this media type."""
    from PIL import Image  # noqa: PLC0415 - most runs of the program make no image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (shade % 256, 120, 180)).save(buffer, KINDS[content_type])
    return buffer.getvalue()


@dataclass(frozen=True)
class Slot:
    """A place for `content`, as it was announced; `call` is the exchange of the upload operation."""

    world: World
    call: Exchange
    content: bytes
    content_type: str

    @property
    def url(self) -> str:
        """Raises Inconclusive (UP-1, UP-25) when there is none."""
        prerequisite(self.call.status == 200, self.call, "status 200", "UP-1")
        url = self.call.member("url")
        prerequisite(isinstance(url, str) and is_absolute(url), self.call, "an absolute url", "UP-25")
        return str(url)

    @property
    def key(self) -> str:
        """Raises Inconclusive (UP-1, UP-26) when there is none."""
        prerequisite(self.call.status == 200, self.call, "status 200", "UP-1")
        key = self.call.member("key")
        prerequisite(isinstance(key, str) and bool(key), self.call, "a key", "UP-26")
        return str(key)

    def put(self, *, content: bytes | None = None, content_type: str = "", url: str = "", probe: str) -> Exchange:
        """PUT what was announced, or something else, to the URL, or to another. Never with the API key."""
        return self.world.sender.send(
            "PUT", url or self.url, headers={"Content-Type": content_type or self.content_type},
            content=self.content if content is None else content, probe=probe, tags=("storage",), kind="storage",
        )  # fmt: skip

    @property
    def signed(self) -> str:
        """The URL with the secrets that the evidence does not show."""
        return self.world.recorder.vault.reveal(self.url)


def slot(world: World, api: Api, content: bytes, content_type: str = "image/png", **fields: object) -> Slot:
    """Announce these bytes."""
    body = an_upload(size=len(content), contentType=content_type, **fields)
    return Slot(world, api.upload(body, probe=f"{len(content)} bytes of {content_type}"), content, content_type)


def altered(url: str) -> str:
    """The URL with one character in the middle of its signature changed. Raises NotApplicable without one."""
    parts = urlsplit(url)
    name, begin, end = _place(parts)
    return _with(parts, name, _other(getattr(parts, name), begin, end))


def _place(parts: SplitResult) -> tuple[str, int, int]:
    """Where the signature is, or what is likeliest to be one: "query" or "path", its begin and end there.

    Raises NotApplicable when there is none.
    """
    found = _find(parts)
    if found:
        return ("query", *found.span("value"))
    words = [(m, name) for name in ("query", "path") for m in re.finditer(r"[\w.~%-]+", getattr(parts, name))]
    word, name = max(words, key=lambda found: len(found[0][0]), default=(None, ""))
    if word is None or len(word[0]) < LONG:
        raise NotApplicable("the upload's url has nothing in it that could be a signature")
    return (name, *word.span())


def recased(url: str) -> str:
    """The URL with one letter in the middle of its signature in the other case.

    Raises NotApplicable unless upper and lower case both carry meaning there: hexadecimal digits, and whatever is
    written in one case, are the same signature in the other.
    """
    parts = urlsplit(url)
    name, begin, end = _place(parts)
    text = getattr(parts, name)
    letters = [place for place in range(begin, end) if _beyond_hexadecimal(text[place])]
    upper = sum(text[place].isupper() for place in letters)
    if min(upper, len(letters) - upper) < MIXED:
        raise NotApplicable("the upload's url has a signature in which case means nothing")
    place = min(letters, key=lambda place: abs(place - (begin + end) // 2))
    return _with(parts, name, text[:place] + text[place].swapcase() + text[place + 1 :])


def _beyond_hexadecimal(letter: str) -> bool:
    return letter.isascii() and letter.isalpha() and letter.lower() > "f"


def unsigned(url: str) -> str:
    """The URL without its signature. Raises NotApplicable when no parameter is recognised as one."""
    parts = urlsplit(url)
    found = _signature(parts)
    return _with_query(parts, (parts.query[: found.start()] + parts.query[found.end() :]).removeprefix("&"))


def signed_for(url: str, another: str) -> str:
    """The URL with the signature of another one. Raises NotApplicable when no parameter is recognised as one."""
    parts = urlsplit(url)
    found = _signature(parts)
    begin, end = found.span("value")
    return _with_query(parts, parts.query[:begin] + _signature(urlsplit(another))["value"] + parts.query[end:])


def _find(parts: SplitResult) -> re.Match[str] | None:
    return next((found for pattern in SIGNATURES if (found := pattern.search(parts.query))), None)


def _signature(parts: SplitResult) -> re.Match[str]:
    found = _find(parts)
    if found is None:
        raise NotApplicable("the upload's url has no parameter that is called a signature")
    return found


def _with_query(parts: SplitResult, query: str) -> str:
    return _with(parts, "query", query)


def _with(parts: SplitResult, name: str, text: str) -> str:
    return urlunsplit(parts._replace(**{name: text}))


def _other(text: str, begin: int, end: int) -> str:
    """Another letter or digit of the same kind in the middle of text[begin:end]; escapes stay as they are."""
    middle = (begin + end) // 2
    places = sorted(range(begin, end), key=lambda place: abs(place - middle))
    free = [p for p in places if text[p].isascii() and text[p].isalnum() and "%" not in text[max(begin, p - 2) : p]]
    if not free:
        raise NotApplicable("the upload's url has a signature without a letter or digit")
    place = free[0]
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
