"""Somebody who connects to the public address of a relay: each request goes, byte for byte, to the session it names.

A sender may keep one connection for the endpoints of several runners, since they have one host; each gets its own.
"""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import ByteStream, TaskGroup

from conformance.receiver.carried import Carried, lingering
from conformance.receiver.frames import Kind, Lost
from conformance.receiver.requests_seen import NotHttp, Part, RequestsSeen
from conformance.receiver.sessions import Session
from conformance.receiver.stream import CHUNK, Connection
from conformance.receiver.wire import Refused

_LINGER = 1.0
_BROKEN = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


def first_segment(request: h11.Request) -> str:
    """Of the path, whether or not the target has a host before it."""
    return urlsplit(request.target.decode("latin-1")).path.lstrip("/").partition("/")[0]


class Visitor:
    """One connection. `patience`: real seconds for the head of a request."""

    def __init__(
        self, stream: ByteStream, connection: Connection, sessions: dict[str, Session], *, patience: float
    ) -> None:  # fmt: skip
        self._stream, self._connection, self._sessions, self._patience = stream, connection, sessions, patience
        self._seen = RequestsSeen()
        self._at: tuple[Session, Carried, anyio.CancelScope] | None = None
        self._read_all = anyio.Event()

    async def first(self) -> tuple[h11.Request, bytes]:
        """The head of the first request, and all that was read. Raises Refused."""
        raw = b""
        with anyio.move_on_after(self._patience):
            while True:
                try:
                    raw += (chunk := await self._stream.receive(CHUNK))
                except _BROKEN as error:
                    raise Refused("closed without a request") from error
                for part in self._fed(chunk):
                    if part.request:
                        self._seen = RequestsSeen()
                        return part.request, raw
        raise Refused("slow request", HTTPStatus.REQUEST_TIMEOUT)

    async def run(self, raw: bytes) -> None:
        """Carry it all, beginning with what was read. Raises Refused."""
        refused: Refused | None = None
        try:
            async with anyio.create_task_group() as group:
                try:
                    await self._sort(raw, group)
                    await self._read(group)
                except Refused as error:
                    refused = error
                    group.cancel_scope.cancel()
                self._read_all.set()
        except* Lost:
            self._connection.reset()
        finally:
            self._leave()
        if refused:
            raise refused

    async def _read(self, group: TaskGroup) -> None:
        while True:
            with anyio.move_on_after(self._patience if self._seen.waiting else None) as late:
                try:
                    raw = await self._stream.receive(CHUNK)
                except anyio.EndOfStream:
                    return await self._tell(Kind.END)
                except _BROKEN:
                    return await self._tell(Kind.RESET)
            if late.cancelled_caught:
                raise Refused("slow request")
            await self._sort(raw, group)

    async def _tell(self, kind: Kind, raw: bytes = b"") -> None:
        if self._at:
            await self._at[1].send(kind, raw)

    async def _sort(self, raw: bytes, group: TaskGroup) -> None:
        for part in self._fed(raw):
            if part.request:
                await self._turn_to(first_segment(part.request), group)
            await self._tell(Kind.DATA, part.raw)

    def _fed(self, raw: bytes) -> Iterator[Part]:
        try:
            yield from self._seen.feed(raw)
        except NotHttp as error:
            raise Refused("not HTTP", HTTPStatus.BAD_REQUEST) from error

    async def _turn_to(self, name: str, group: TaskGroup) -> None:
        session = self._sessions.get(name)
        if self._at and session is self._at[0]:
            return
        if session is None:
            raise Refused("unknown path", HTTPStatus.NOT_FOUND)
        await self._tell(Kind.END)
        self._leave()
        carried = await session.open()
        if carried is None:
            raise Refused("too many connections", HTTPStatus.SERVICE_UNAVAILABLE)
        self._at = session, carried, anyio.CancelScope()
        group.start_soon(self._back, *self._at[1:], group)

    def _leave(self) -> None:
        if self._at:
            session, carried, scope = self._at
            scope.cancel()
            session.forget(carried)
            self._at = None

    async def _back(self, carried: Carried, scope: anyio.CancelScope, group: TaskGroup) -> None:
        """What the runner answers, until it closes its side."""
        with scope:
            if await carried.inward(self._stream, self._connection):
                await lingering(self._stream, self._connection, self._read_all.wait)
            group.cancel_scope.cancel()


async def refuse(stream: ByteStream, status: HTTPStatus, *headers: str) -> None:
    """Answer, and let the peer read it before the connection ends."""
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", *headers, "Content-Length: 0", "Connection: close", "", "")
    with anyio.move_on_after(_LINGER):
        try:
            await stream.send("\r\n".join(lines).encode())
            if isinstance(stream, Connection):
                await stream.send_eof()
            while True:
                await stream.receive(CHUNK)
        except _BROKEN:
            return
