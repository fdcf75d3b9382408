"""Small real images, to be uploaded: an edit with them is valid in every respect."""

import io
import struct
import zlib
from functools import cache

PNG, JPEG, WEBP = MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
SIDE = 64


@cache
def image(media_type: str = PNG, shade: int = 90) -> bytes:
    """A plain square, 64 by 64; the same for the same `shade`, another for another."""
    return _png(shade) if media_type == PNG else _drawn(media_type, shade)


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

    buffer = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (shade % 256, 120, 180)).save(buffer, media_type.removeprefix("image/").upper())
    return buffer.getvalue()
