"""One connection that is carried over a link: its bytes, its end and its reset, each way."""

from collections import deque
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import ByteStream

from conformance.receiver.frames import Frame, Kind, Link, Lost
from conformance.receiver.stream import CHUNK, Connection

_WAITING = 1024
"""Frames for a side that does not read; beyond, the connection is reset."""
_LINGER = 2.0
"""Real seconds that a peer may take to close its side, too."""
End = Callable[[ByteStream, Connection, Callable[[], Awaitable[object]]], Awaitable[None]]
_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class Carried:
    """The connection of this number. `link` is where it goes."""

    def __init__(self, link: Link, number: int) -> None:
        self.number = number
        self._link = link
        self._came = deque[Frame]()
        self._news = anyio.Event()

    def take(self, frame: Frame) -> None:
        """A frame has come; does not wait."""
        if len(self._came) >= _WAITING:
            self._came.clear()
            frame = Frame(Kind.RESET, self.number)
        self._came.append(frame)
        self._news.set()

    async def send(self, kind: Kind, payload: bytes = b"") -> None:
        """Raises Lost."""
        await self._link.send(kind, self.number, payload[:CHUNK])
        if len(payload) > CHUNK:
            await self.send(kind, payload[CHUNK:])

    async def outward(self, stream: ByteStream) -> None:
        """Send on what comes from the stream until its end."""
        try:
            while True:
                await self.send(Kind.DATA, await stream.receive(CHUNK))
        except anyio.EndOfStream:
            await self.send(Kind.END)
        except _BROKEN:
            await self.send(Kind.RESET)

    async def inward(self, stream: ByteStream, connection: Connection) -> bool:
        """Give the stream what has come for it until its end: whether that is in order, and no reset."""
        while (frame := await self._next()).kind != Kind.RESET:
            if frame.kind == Kind.END:
                return True
            try:
                await stream.send(frame.payload)
            except _BROKEN:
                await self.send(Kind.RESET)
                break
        connection.reset()
        return False

    async def _next(self) -> Frame:
        while not self._came:
            self._news = anyio.Event()
            await self._news.wait()
        return self._came.popleft()


async def finish(stream: ByteStream, connection: Connection, until: Callable[[], Awaitable[object]]) -> None:
    """The far side has ended its direction: tell the peer, and wait until it has ended the other."""
    try:
        if stream is connection:
            await connection.send_eof()
            await until()
        else:  # TLS has no half of a connection that is closed
            await stream.aclose()
    except _BROKEN:
        return


async def lingering(stream: ByteStream, connection: Connection, until: Callable[[], Awaitable[object]]) -> None:
    """The same, for a peer that may take its time for ever."""
    with anyio.move_on_after(_LINGER):
        await finish(stream, connection, until)


async def carry(carried: Carried, stream: ByteStream, connection: Connection, *, end: End) -> None:
    """Carry a whole connection, both ways."""
    over = anyio.Event()

    async def outward() -> None:
        await carried.outward(stream)
        over.set()

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(outward)
            if await carried.inward(stream, connection):
                await end(stream, connection, over.wait)
            group.cancel_scope.cancel()
    except* Lost:
        connection.reset()
