"""Input images: uploaded for real, so that an edit with them is valid in every respect."""

import struct
import zlib
from dataclasses import dataclass

from conformance.cases.bodies import an_upload
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.world.world import World, prerequisite

SIDE = 64


@dataclass(frozen=True)
class Picture:
    """`key` is for inputImageKeys; `upload` and `put` are the exchanges that brought it there."""

    key: str
    upload: Exchange
    put: Exchange


def picture(world: World, api: Api, shade: int = 0) -> Picture:
    """Announce a small PNG and put it. Raises Inconclusive (UP-1, UP-25, UP-26, UP-27) when that does not succeed."""
    content = png(shade)
    upload = api.upload(an_upload(size=len(content)), probe="an input image")
    prerequisite(upload.status == 200, upload, "status 200", "UP-1")
    url, key = upload.member("url"), upload.member("key")
    prerequisite(isinstance(url, str) and "://" in url, upload, "an absolute url", "UP-25")
    prerequisite(isinstance(key, str) and bool(key), upload, "a key", "UP-26")
    put = world.sender.send(
        "PUT", url, kind="storage", headers={"Content-Type": "image/png"}, content=content, probe="the bytes"
    )
    prerequisite(200 <= put.status < 300, put, "a 2xx status", "UP-27")
    return Picture(key, upload, put)


def png(shade: int) -> bytes:
    """A plain grey square, 64 by 64, as a PNG (RFC 2083)."""
    rows = (b"\0" + bytes([shade % 256]) * SIDE) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def padded(image: bytes, size: int) -> bytes:
    """The PNG with a private chunk before its end, which fills it up to so many bytes."""
    end = len(_chunk(b"IEND", b""))
    filling = bytes(size - len(image) - end)
    return image[:-end] + _chunk(b"prVt", filling) + image[-end:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
