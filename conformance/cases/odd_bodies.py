"""Requests that parsers, tables and columns trip on: valid ones, wrong ones, and those that the documentation leaves
open, which may be answered in any way but with a 5xx.
"""

import gzip
import json
import random
from dataclasses import dataclass, field
from typing import Any

from conformance.cases.bodies import OMIT, a_generation, an_upload
from conformance.contract import documented

PROMPT = a_generation()["prompt"]
NO_PROMPT = {
    "in __proto__": {"__proto__": {"prompt": PROMPT}},
    "in the constructor's prototype": {"constructor": {"prototype": {"prompt": PROMPT}}},
}
"""Where a prompt is none: an object of JavaScript inherits what stands there."""
INHERITED = ("toString", "constructor", "__proto__")
"""Names that every object of JavaScript knows: a table that is asked for them answers."""
WRAPPED = 2**32
"""What 8, 16 and 32 bits keep nothing of."""
LARGE = {"70 kB": 70_000, "300 kB": 300_000, "2 MB": 2_000_000}
"""Longer than what evidence keeps, so that a limit of the body need not name the field (R15)."""
PUNCTUATION = "<>&\"'\\/%;(){}[]#*!?"
CJK = range(0x4E00, 0x9FA5)


@dataclass(frozen=True)
class Odd:
    """What is sent, whatever the answer; `media` is its Content-Type, or empty."""

    content: bytes
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, str]:
        return {**({"Content-Type": self.media} if self.media else {}), **self.headers}


def no_prompt(where: str) -> dict[str, Any]:
    return a_generation(prompt=OMIT, **NO_PROMPT[where])


def random_text(seed: int, *, ascii_only: bool, count: int) -> str:
    """Words that no compression makes short, with punctuation between them where they are ASCII."""
    draw = random.Random(seed)  # noqa: S311 - a text, no secret
    if not ascii_only:
        return "".join(chr(draw.choice(CJK)) for _ in range(count))
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 " + PUNCTUATION
    return "".join(draw.choice(letters) for _ in range(count - 1)) + "z"


def large_order(size: int) -> dict[str, Any]:
    """An order whose prompt alone has so many bytes."""
    return a_generation(prompt="a lighthouse " * (size // 13))


def escaped_order(seed: int) -> bytes:
    """The longest prompt there is in CJK characters, each written as an escape: valid, and six times as long."""
    return json.dumps(
        a_generation(prompt=random_text(seed, ascii_only=False, count=documented().prompt_characters))
    ).encode()


_UPLOAD = json.dumps(an_upload()).encode()
_OBJECT = _UPLOAD[1:-1]
UPLOADS = {
    "a byte order mark": Odd(b"\xef\xbb\xbf" + _UPLOAD),
    "two members of one name": Odd(b"{" + _OBJECT + b", " + _OBJECT + b"}"),
    "members that objects inherit": Odd(
        b"{" + _OBJECT + b', "constructor": 1, "toString": null, "hasOwnProperty": 0, "__proto__": {"a": 1}}'
    ),
    "5000 brackets": Odd(b"{" + _OBJECT + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "a size beyond all": Odd(_UPLOAD.replace(b"1024", b"1e400")),
    "an unknown charset": Odd(_UPLOAD, "application/json; charset=klingon"),
    "UTF-16": Odd(_UPLOAD.decode().encode("utf-16"), "application/json; charset=utf-16"),
    "a broken charset": Odd(_UPLOAD, 'application/json; charset="'),
    "compressed": Odd(gzip.compress(_UPLOAD, mtime=0), headers={"Content-Encoding": "gzip"}),
    "said to be compressed": Odd(_UPLOAD, headers={"Content-Encoding": "gzip"}),
    "an unknown coding": Odd(_UPLOAD, headers={"Content-Encoding": "zzz"}),
    "a form": Odd(b"filename=a.png&contentType=image%2Fpng&size=1024", "application/x-www-form-urlencoded"),
    "a form without a boundary": Odd(_UPLOAD, "multipart/form-data"),
    "no media type": Odd(_UPLOAD, ""),
}
_ORDER = json.dumps(a_generation()).encode()
ORDERS = {
    "a byte order mark": Odd(b"\xef\xbb\xbf" + _ORDER),
    "members that objects inherit": Odd(
        _ORDER[:-1] + b', "constructor": 1, "toString": null, "hasOwnProperty": 0, "__proto__": {"n": 9}}'
    ),
    "an unknown charset": Odd(_ORDER, "application/json; charset=klingon"),
    "said to be compressed": Odd(_ORDER, headers={"Content-Encoding": "gzip"}),
}
"""Those that one operation's own parser may trip on."""
