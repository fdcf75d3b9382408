"""One POST over HTTP/1.1, and what was answered."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import h11

from .response import Headers

CHUNK = 65536
BODY_MAX = 65536  # of an answer: nobody reads it, but cutting it off would look like a reset to the other side


@dataclass(frozen=True)
class Reply:
    """Header names in lower case."""

    status: int
    headers: Headers


class Sender:
    """Follows no redirect and keeps no connection. `ca_file` names certificates to trust beside the system's."""

    def __init__(self, ca_file: Path | None = None) -> None:
        self.ca_file = ca_file
        self.method = "POST"

    async def post(self, url: str, headers: Headers, body: bytes, reply: asyncio.Future[Reply]) -> None:
        """Settle `reply` as soon as a complete header block has come, then see the answer off.

        Raises OSError or h11.ProtocolError when none comes; has no timeout of its own. The connection is gone when it
        returns, also when it is cancelled.
        """
        where = urlsplit(url)
        reader, writer = await self._connect(where)
        try:
            connection = h11.Connection(h11.CLIENT)
            writer.write(_request(connection, self.method, where, headers, body))
            reply.set_result(await _head(connection, reader))
            with contextlib.suppress(OSError, h11.ProtocolError):
                await _rest(connection, reader)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connect(self, where: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = where.hostname or ""
        if where.scheme == "https":
            # The other side's goodbye is waited for in real time, so not for long.
            return await asyncio.open_connection(host, where.port or 443, ssl=self._tls, ssl_shutdown_timeout=1.0)
        return await asyncio.open_connection(host, where.port or 80)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


def _request(connection: h11.Connection, method: str, where: SplitResult, headers: Headers, body: bytes) -> bytes:
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    fixed = (("Host", where.netloc), ("Connection", "close"), ("Content-Length", str(len(body))))
    head = connection.send(h11.Request(method=method, target=target, headers=[*fixed, *headers]))
    content = connection.send(h11.Data(data=body))
    connection.send(h11.EndOfMessage())
    return (head or b"") + (content or b"")


async def _head(connection: h11.Connection, reader: asyncio.StreamReader) -> Reply:
    while True:
        event = await _next(connection, reader)
        if isinstance(event, h11.Response):
            pairs = tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)
            return Reply(event.status_code, pairs)


async def _rest(connection: h11.Connection, reader: asyncio.StreamReader) -> None:
    size = 0
    while size <= BODY_MAX:
        event = await _next(connection, reader)
        if not isinstance(event, h11.Data):
            return
        size += len(event.data)


async def _next(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Event:
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Event):
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("closed without an answer")
            return event
        else:
            raise ConnectionResetError("the connection switched protocols")
