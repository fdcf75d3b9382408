"""Small real images, to be uploaded: an edit with them is valid in every respect."""

import io
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

PNG, JPEG, WEBP = MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
SIDE = 64
ORIENTATION, QUARTER_TURN = 0x0112, 6
"""A tag of EXIF, and its value for a camera that was held upright."""


@cache
def image(media_type: str = PNG, shade: int = 90) -> bytes:
    """A plain square, 64 by 64; the same for the same `shade`, another for another."""
    return _png(shade) if media_type == PNG else _drawn(media_type, shade)


def photograph() -> bytes:
    """A JPEG, half as wide again as it is high, that a camera held upright: its EXIF says to turn it."""
    from PIL import Image  # noqa: PLC0415 - heavy: paid only by runs that need it

    exif = Image.Exif()
    exif[ORIENTATION] = QUARTER_TURN
    return _saved(Image.new("RGB", (SIDE * 3 // 2, SIDE), (90, 120, 180)), JPEG, exif=exif)


def cut_out() -> bytes:
    """A WebP, twice as high as it is wide, half of it transparent."""
    from PIL import Image  # noqa: PLC0415 - heavy: paid only by runs that need it

    sheet = Image.new("RGBA", (SIDE, SIDE * 2), (90, 120, 180, 255))
    sheet.paste((0, 0, 0, 0), (0, 0, SIDE, SIDE))
    return _saved(sheet, WEBP, lossless=True)


def padded(png: bytes, size: int) -> bytes:
    """The PNG with a private chunk before its end, which fills it up to so many bytes."""
    end = len(_chunk(b"IEND", b""))
    filling = bytes(size - len(png) - end)
    return png[:-end] + _chunk(b"prVt", filling) + png[-end:]


def _png(shade: int) -> bytes:
    """By hand (RFC 2083): most runs upload nothing else, and need no Pillow."""
    rows = (b"\0" + bytes([shade % 256]) * SIDE) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _drawn(media_type: str, shade: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - heavy: paid only by runs that need it

    return _saved(Image.new("RGB", (SIDE, SIDE), (shade % 256, 120, 180)), media_type)


def _saved(drawn: "Image", media_type: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    drawn.save(buffer, media_type.removeprefix("image/").upper(), **options)
    return buffer.getvalue()
