"""Presigned URLs that are not what was handed out, made from those that were.

A presigned URL may have any shape. Nothing here knows more of it than that a signature is a long opaque word.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from conformance.errors import NotApplicable

OPAQUE = 16
"""Characters of an opaque word that may be a signature."""
MIXED = 2
"""Letters of either case, none of them a hexadecimal digit, that no prefix puts into a signature by itself."""
SIGNATURES = tuple(
    re.compile(rf"(?:^|&)[^=&]*(?:{names})=(?P<value>[^&]{{{OPAQUE},}})", re.IGNORECASE)
    for names in ("signature", "sig|sign|hmac|mac", "token")
)
"""A parameter that is called a signature; the likeliest names first."""


def altered(url: str) -> str:
    """The URL with one character in the middle of its signature changed. Raises NotApplicable without one."""
    parts = urlsplit(url)
    name, begin, end = _signature_at(parts)
    return _with(parts, name, _other(getattr(parts, name), begin, end))


def _signature_at(parts: SplitResult) -> tuple[str, int, int]:
    """Where the signature is, or what is likeliest to be one: "query" or "path", its begin and end there.

    Raises NotApplicable when there is none.
    """
    found = _named_signature(parts)
    if found:
        return ("query", *found.span("value"))
    words = [(m, name) for name in ("query", "path") for m in re.finditer(r"[\w.~%-]+", getattr(parts, name))]
    word, name = max(words, key=lambda found: len(found[0][0]), default=(None, ""))
    if word is None or len(word[0]) < OPAQUE:
        raise NotApplicable("the upload's url has nothing in it that could be a signature")
    return (name, *word.span())


def recased(url: str) -> str:
    """The URL with one letter in the middle of its signature in the other case.

    Raises NotApplicable unless upper and lower case both carry meaning there: hexadecimal digits, and whatever is
    written in one case, are the same signature in the other.
    """
    parts = urlsplit(url)
    name, begin, end = _signature_at(parts)
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


def _named_signature(parts: SplitResult) -> re.Match[str] | None:
    return next((found for pattern in SIGNATURES if (found := pattern.search(parts.query))), None)


def _signature(parts: SplitResult) -> re.Match[str]:
    found = _named_signature(parts)
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
