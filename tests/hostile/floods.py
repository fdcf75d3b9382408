"""Peers that send more than anybody wants."""

import json
import re
import struct
import zlib
from functools import cache, partial
from typing import Any

from tests.hostile.catalogue import BROKEN, UNDECIDED, behaviour
from tests.hostile.replies import FILL, JSON, MEGABYTE, bomb, changed, chunk, head, reply, with_json
from tests.hostile.wire import Call, Wire

CHUNKED = b"Transfer-Encoding: chunked"
GIGABYTE = 1000 * MEGABYTE
SIDE = 50_000
"""Pixels of a side of a picture that takes 313 MB when it is decoded, and few when it is sent."""


def endless(wire: Wire) -> None:
    wire.send(head(200, JSON, CHUNKED) + chunk(b'{"generationId": "'))
    wire.send_forever(chunk(b"x" * 65536))


@behaviour(BROKEN, UNDECIDED)
def endless_body(call: Call, wire: Wire) -> None:
    """Everything is answered with a body without an end, as fast as it is read."""
    endless(wire)


@behaviour(BROKEN, UNDECIDED, fronts=True)
def endless_polls(call: Call, wire: Wire) -> None:
    """Polls are answered with a body without an end, everything else as it should be."""
    if call.is_poll:
        endless(wire)
    wire.pass_on(call)


def explode(call: Call, wire: Wire, *, status: int = 200, size: int, polls: bool = False) -> None:
    if polls and not call.is_poll:
        return wire.pass_on(call)
    wire.send(head(status, JSON, CHUNKED, b"Content-Encoding: gzip"))
    for piece in bomb(size):
        wire.send(chunk(piece))
    return wire.send(b"0\r\n\r\n")


BOMBS: dict[str, tuple[str, dict[str, Any]]] = {
    "gzip-10-mb": ("Everything is answered with a gzip bomb of 10 MB.", {"size": 10 * MEGABYTE}),
    "gzip-10-gb": ("Everything is answered with a gzip bomb of 10 GB.", {"size": 10 * GIGABYTE}),
    "gzip-10-gb-as-401": ("Everything is answered 401, with such a bomb.", {"size": 10 * GIGABYTE, "status": 401}),
    "gzip-10-gb-polls": ("Polls are answered with such a bomb, all else well.", {"size": 10 * GIGABYTE, "polls": True}),
}
for _name, (_told, _options) in BOMBS.items():
    behaviour(BROKEN, UNDECIDED, name=_name, told=_told, fronts="polls" in _options)(partial(explode, **_options))


@behaviour(UNDECIDED)
def json_5_mb(call: Call, wire: Wire) -> None:
    """Everything is answered with 5 MB of valid JSON."""
    wire.send(reply(200, b'{"padding": "%b"}' % (b"x" * (5 * MEGABYTE))))


@behaviour(UNDECIDED, fronts=True)
def json_5_mb_longer(call: Call, wire: Wire) -> None:
    """Every JSON object of a good server has 5 MB of padding."""
    wire.send(with_json(wire.ask(call), lambda content: content.update(padding=FILL), b"x" * (5 * MEGABYTE)))


@behaviour(UNDECIDED)
def deep_json(call: Call, wire: Wire) -> None:
    """Everything is answered with JSON that is nested 100,000 deep."""
    wire.send(reply(200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000))


def many_headers(call: Call, wire: Wire, *, count: int) -> None:
    lines = (b"X-Small-%d: 1" % index for index in range(count))
    wire.send(changed(wire.ask(call), None, *lines))


for _count in (4_000, 10_000):
    behaviour(
        UNDECIDED,
        name=f"headers-{_count}",
        told=f"Every answer of a good server has {_count:,} more headers.",
        fronts=True,
    )(partial(many_headers, count=_count))


@behaviour(UNDECIDED)
def header_100_mb(call: Call, wire: Wire) -> None:
    """Everything is answered with one header of 100 MB."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(100):
        wire.send(b"x" * MEGABYTE)
    wire.send(b"\r\nContent-Length: 2\r\n\r\n{}")


@behaviour(BROKEN, UNDECIDED, fronts=True)
def errors_10_mb(call: Call, wire: Wire) -> None:
    """Every error message of a good server, in refusals and in polls, is 10 MB long."""
    wire.send(with_json(wire.ask(call), _lengthen, b"x" * (10 * MEGABYTE)))


def _lengthen(content: dict[str, Any]) -> None:
    if isinstance(content.get("error"), dict):
        content["error"]["message"] = FILL
    elif content.get("error"):
        content["error"] = FILL


@behaviour(BROKEN, UNDECIDED, fronts=True)
def outputs_200000(call: Call, wire: Wire) -> None:
    """A generation that succeeded has 200,000 outputs."""
    answer = wire.ask(call)
    outputs = answer.json["outputs"] if call.is_poll and answer.status == 200 else []
    many = b'"outputs":[%b]' % b",".join([json.dumps(output).encode() for output in outputs[:1]] * 200_000)
    body = re.sub(rb'"outputs":\[.*?\]', lambda _: many, answer.body)
    wire.send(changed(answer, body) if outputs else answer.raw)


@behaviour(BROKEN, UNDECIDED, fronts=True)
def id_1_mb(call: Call, wire: Wire) -> None:
    """The id of every generation is 1 MB long, in the 202 and in polls."""
    tail = "x" * MEGABYTE

    def lengthen(content: dict[str, Any]) -> None:
        for name in {"generationId", "id"} & content.keys():
            content[name] += tail

    asked = call.with_target(call.target.removesuffix(tail)) if call.is_poll else call
    answer = wire.ask(asked)
    wire.send(with_json(answer, lengthen) if call.is_of_the_api else answer.raw)


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("OUT", "LIFE"))
def huge_picture(call: Call, wire: Wire) -> None:
    """Every PNG is small to send, and 50,000 pixels wide and high."""
    answer = wire.ask(call)
    wire.send(changed(answer, _huge_png()) if answer.header(b"content-type") == b"image/png" else answer.raw)


@cache
def _huge_png() -> bytes:
    machine, row = zlib.compressobj(9), b"\x00" * (1 + SIDE // 8)
    packed = b"".join(machine.compress(row) for _ in range(SIDE)) + machine.flush()
    parts = ((b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )
