"""Accepts connections, shakes hands where there is a certificate, and gives each to whoever serves it."""

import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import ByteStream, TaskGroup, TaskStatus
from anyio.streams.tls import TLSAttribute, TLSStream

from conformance.receiver.stream import Connection
from conformance.receiver.tally import Tally
from conformance.receiver.wire import Refused

Serve = Callable[[ByteStream, Connection, str], Awaitable[None]]
"""Serves what a connection carries, the connection itself, and the version of TLS; may raise Refused."""
_PAUSE = 0.05
"""Real seconds before accepting is tried again, when the system has no descriptor left for a connection."""


class Door:
    """Lets connections in until cancelled. `patience`: real seconds for a handshake.

    All methods belong to the event loop.
    """

    def __init__(self, serve: Serve, *, context: ssl.SSLContext | None, patience: float) -> None:
        self.tally = Tally()
        self._serve, self._context, self._patience = serve, context, patience
        self._numbers = itertools.count(1)
        self._group: TaskGroup | None = None
        self._inside = set[Connection]()

    @property
    def group(self) -> TaskGroup:
        """Where the connections are served."""
        assert self._group is not None  # noqa: S101 - asked for while it runs
        return self._group

    async def run(self, listener: socket.socket, *, task_status: TaskStatus[None]) -> None:
        """Let in what comes here until cancelled."""
        try:
            async with anyio.create_task_group() as self._group:
                task_status.started()
                with listener:
                    await self.accept(listener)
        finally:
            for connection in self._inside:  # accepted, and cancelled before it was served
                connection.close()

    async def accept(self, listener: socket.socket, *, serve: Serve | None = None) -> None:
        """Let in what comes to this listener, too, while `run` runs; somebody else may `serve` it."""
        while True:
            await anyio.wait_readable(listener)
            try:
                raw, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue
            except OSError as error:
                self.tally.add(f"not accepted: {error.strerror}")
                await anyio.sleep(_PAUSE)
                continue
            connection = Connection(raw, next(self._numbers))
            self._inside.add(connection)
            self.group.start_soon(self._let_in, connection, serve or self._serve)

    async def _let_in(self, connection: Connection, serve: Serve) -> None:
        try:
            await serve(*await self._secured(connection))
        except Refused as refused:
            self.tally.add(refused.reason)
        except Exception as error:  # noqa: BLE001 - one connection must not end the others; it is counted as our fault
            self.tally.add(f"receiver error: {error!r}")
        finally:
            connection.close()
            self._inside.discard(connection)

    async def _secured(self, connection: Connection) -> tuple[ByteStream, Connection, str]:
        if self._context is None:
            return connection, connection, ""
        secured = await self._handshake(connection, self._context)
        return secured, connection, secured.extra(TLSAttribute.tls_version)  # noqa: S610 - not Django's extra

    async def _handshake(self, connection: Connection, context: ssl.SSLContext) -> TLSStream:
        try:
            with anyio.fail_after(self._patience):
                return await TLSStream.wrap(connection, server_side=True, ssl_context=context)
        # Which of these an end of the stream is depends on the versions of Python and OpenSSL.
        except (anyio.BrokenResourceError, anyio.EndOfStream, ssl.SSLZeroReturnError, ssl.SSLEOFError) as error:
            raise Refused("TLS handshake: the peer closed the connection") from error
        except ssl.SSLError as error:
            raise Refused(f"TLS handshake: {error.reason or error}") from error
        except TimeoutError as error:
            raise Refused("TLS handshake: not in time") from error
