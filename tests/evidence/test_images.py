"""Bytes of strangers: named, measured, and never believed."""

import io
import struct
import zlib

import pytest
from PIL import Image

from conformance.evidence.images import alike_up_to, beginnings, look_at


def picture(kind: str, size: tuple[int, int] = (30, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_an_image_is_named_and_measured(kind: str) -> None:
    seen = look_at(picture(kind))

    assert (seen.format, seen.size, seen.trouble) == (kind, (30, 20), "")
    assert str(seen) == f"{kind} image of 30 x 20"


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_has_no_format(content: bytes) -> None:
    seen = look_at(content)

    assert seen.format == ""
    assert seen.size is None
    assert str(seen).startswith("no image (")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_cut_off_image_keeps_its_format(kind: str) -> None:
    content = picture(kind, (300, 200))
    seen = look_at(content[: len(content) // 2])

    assert seen.size is None
    assert seen.trouble


def test_a_bomb_is_not_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))

    assert look_at(bomb + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))).size is None


@pytest.mark.parametrize(("place", "alike"), [(0, 0), (63, 0), (64, 64), (127, 64), (128, 128), (999, 512)])
def test_beginnings_tell_how_far_two_files_are_alike(place: int, alike: int) -> None:
    one = bytes(1000)
    two = one[:place] + b"x" + one[place + 1 :]

    assert alike_up_to(beginnings(one), beginnings(two)) == alike
    assert beginnings(one[:63]) == ()
