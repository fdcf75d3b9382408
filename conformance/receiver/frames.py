"""What goes over the one connection between a runner and its relay: frames of many connections, in both directions.

A frame is its kind (one byte), the number of a connection and the length of what follows (four bytes each, big-endian),
and at most 64 KiB. So an end and a reset are told apart on every way, whatever stands between.
"""

import json
import struct
from enum import IntEnum
from typing import Any, NamedTuple

import anyio
from anyio.abc import ByteStream

from conformance.receiver.stream import CHUNK

CONTROL = "/relay/1"
"""Where runners ask to be let in; the number is that of the frames."""
PROTOCOL = "gimg-relay"
_HEAD = struct.Struct(">BII")
_BEAT = 5.0
"""Real seconds between two signs of life."""
_SILENCE = 20.0
"""Real seconds without one after which the other side is gone."""
_LOST = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, TimeoutError, OSError)


class Kind(IntEnum):
    OPEN = 1
    """A connection came to the relay."""
    DATA = 2
    END = 3
    """No more bytes will follow: a FIN."""
    RESET = 4
    """The connection was broken off: an RST."""
    BEAT = 5
    ASK = 6
    """JSON, from the runner; its number is that of the answer."""
    TOLD = 7
    """JSON, from the relay."""


class Frame(NamedTuple):
    kind: int
    number: int
    payload: bytes = b""

    @property
    def json(self) -> dict[str, Any]:
        """Empty where it is no JSON object."""
        try:
            found = json.loads(self.payload)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Lost(Exception):  # noqa: N818 - an outcome
    """The other side of the link is gone, or speaks something else."""


class Link:
    """Frames over a stream; `begun` was read of it already. One task receives, and any may send."""

    def __init__(self, stream: ByteStream, begun: bytes = b"") -> None:
        self._stream, self._buffer = stream, bytearray(begun)
        self._sending = anyio.Lock()

    async def send(self, kind: Kind, number: int = 0, payload: bytes = b"") -> None:
        """Raises Lost."""
        try:
            # Shielded: half a frame would spoil all that follow.
            with anyio.CancelScope(shield=True), anyio.fail_after(_SILENCE):
                async with self._sending:
                    await self._stream.send(_HEAD.pack(kind, number, len(payload)) + payload)
        except _LOST as error:
            raise Lost from error

    async def tell(self, kind: Kind, number: int, told: dict[str, Any]) -> None:
        """Send JSON. Raises Lost."""
        await self.send(kind, number, json.dumps(told).encode())

    async def receive(self) -> Frame:
        """The next frame. Raises Lost."""
        kind, number, length = _HEAD.unpack(await self._take(_HEAD.size))
        if length > CHUNK:
            raise Lost
        return Frame(kind, number, await self._take(length))

    async def beat(self) -> None:
        """Give signs of life until cancelled. Raises Lost."""
        while True:
            await anyio.sleep(_BEAT)
            await self.send(Kind.BEAT)

    async def close(self) -> None:
        with anyio.move_on_after(1, shield=True):
            try:
                await self._stream.aclose()
            except _LOST:
                return

    async def _take(self, size: int) -> bytes:
        try:
            with anyio.fail_after(_SILENCE):
                while len(self._buffer) < size:
                    self._buffer += await self._stream.receive(CHUNK)
        except _LOST as error:
            raise Lost from error
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
