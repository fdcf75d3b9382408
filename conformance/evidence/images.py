"""What a file is: its format and its pixels, however hostile its bytes."""

import io
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile

from conformance.limits import PIXELS

KNOWN = ("PNG", "WEBP", "JPEG", "GIF", "AVIF")


@dataclass(frozen=True, slots=True)
class Seen:
    """`format` is empty where the bytes are no image; `trouble` says why they could not be decoded to the end."""

    format: str = ""
    width: int = 0
    height: int = 0
    trouble: str = ""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels, of an image that could be decoded."""
        return None if self.trouble else (self.width, self.height)

    def __str__(self) -> str:
        image = f"{self.format} image of {self.width} x {self.height}" if self.format else "no image"
        return f"{image} ({self.trouble})" if self.trouble else image


FIRST = 64
"""Bytes of the shortest beginning."""


def beginnings(content: bytes) -> tuple[str, ...]:
    """The CRC-32, hexadecimal, of the first FIRST bytes, of twice as many, and so on, as far as there are so many."""
    found, crc, begin, end = list[str](), 0, 0, FIRST
    while end <= len(content):
        crc = zlib.crc32(memoryview(content)[begin:end], crc)
        found.append(f"{crc:08x}")
        begin, end = end, 2 * end
    return tuple(found)


def alike_up_to(one: Sequence[str], two: Sequence[str]) -> int:
    """How many bytes are alike at least, by the beginnings of two files."""
    pairs = list(takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))
    return FIRST << (len(pairs) - 1) if pairs else 0


_seen: dict[bytes, Seen] = {}


def look_at(content: bytes) -> Seen:
    """Decode an image completely, but the same one only once. Never raises: what is wrong stands in `trouble`."""
    digest = sha256(content).digest()
    if digest not in _seen:
        _seen[digest] = _decoded(content)
    return _seen[digest]


def _decoded(content: bytes) -> Seen:
    from PIL import Image  # noqa: PLC0415 - most runs of the program look at no image

    seen = Seen(trouble="an empty file")
    if not content:
        return seen
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_readable(Image)) as image:
                seen = Seen(str(image.format), image.width, image.height, trouble="not decoded")
                if image.width * image.height > PIXELS:
                    return Seen(seen.format, seen.width, seen.height, "too large to be decoded")
                image.load()
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise many kinds on broken files
        return Seen(seen.format, seen.width, seen.height, f"{type(error).__name__}: {error}"[:200])
    return Seen(seen.format, seen.width, seen.height)


def _readable(pillow: object) -> list[str]:
    """Of the formats worth naming, those that this Pillow reads: the rest would be an error of its own."""
    pillow.init()  # type: ignore[attr-defined]
    return [name for name in KNOWN if name in pillow.OPEN]  # type: ignore[attr-defined]
