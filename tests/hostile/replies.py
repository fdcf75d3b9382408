"""Answers as bytes: those of the reference server as they came, changed ones, and ones made up from nothing."""

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

Headers = tuple[tuple[bytes, bytes], ...]
JSON = b"Content-Type: application/json"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What the reference server answered: its parts, and the bytes as they came."""

    status: int
    reason: bytes
    headers: Headers
    body: bytes
    raw: bytes

    @property
    def head(self) -> bytes:
        """Status line and headers, the blank line included."""
        return self.raw[: len(self.raw) - len(self.body)]

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name.lower()), b"")

    @property
    def json(self) -> Any:
        """The body of a JSON answer; None when it is none."""
        return json.loads(self.body) if self.header(b"content-type").startswith(b"application/json") else None


def head(status: int, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode()), *headers)
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def reply(status: int, body: bytes = b"{}", *headers: bytes) -> bytes:
    """A whole answer, its body JSON unless a Content-Type is among the headers."""
    typed = any(line.lower().startswith(b"content-type:") for line in headers)
    return head(status, *headers, *(() if typed else (JSON,)), b"Content-Length: %d" % len(body)) + body


def error(status: int, code: str, *headers: bytes) -> bytes:
    return reply(status, json.dumps({"error": {"code": code, "message": "Not now."}}).encode(), *headers)


def changed(answer: Answer, body: bytes | None = None, *added: bytes, status: int = 0, coding: bytes = b"") -> bytes:
    """The answer with another body, further header lines, another status."""
    content = answer.body if body is None else body
    kept = tuple(name + b": " + value for name, value in answer.headers if name.lower() != b"content-length")
    length = () if answer.status in {204, 304} else (b"Content-Length: %d" % len(content),)
    coded = (b"Content-Encoding: " + coding,) if coding else ()
    return head(status or answer.status, *kept, *coded, *length, *added) + content


FILL = "@fill@"
"""Stands in JSON for what would take long to write out again and again."""


def with_json(answer: Answer, change: Callable[[dict[str, Any]], object], fill: bytes = b"") -> bytes:
    """The answer after `change` has worked on its JSON object; as it came when it holds none."""
    content = answer.json
    if not isinstance(content, dict):
        return answer.raw
    change(content)
    return changed(answer, json.dumps(content).encode().replace(FILL.encode(), fill))


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
EMPTY_BLOCKS = b"\x00\x00\x00\xff\xff" * 10_000
"""Stored blocks of deflate that hold nothing, and are not the last."""


ZEROS = b"0" * (10 * MEGABYTE)


def bomb(size: int) -> Iterator[bytes]:
    """A gzip stream of so many bytes, whole tens of megabytes, of which a thousandth goes over the wire."""
    yield GZIP_HEAD
    count, checksum = size // len(ZEROS), 0
    for _ in range(count):
        yield _packed_zeros()
    for _ in range(count):  # only for whoever has read so far: it takes a second for every gigabyte
        checksum = zlib.crc32(ZEROS, checksum)
    yield b"\x03\x00" + struct.pack("<II", checksum, size % 2**32)


@cache
def _packed_zeros() -> bytes:
    # A full flush forgets what came before, so that the same bytes can be sent again and again.
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return machine.compress(ZEROS) + machine.flush(zlib.Z_FULL_FLUSH)
