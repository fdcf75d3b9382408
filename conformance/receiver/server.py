"""The event loop's side of the receiver: accept connections, shake hands, and serve one request after the other."""

import itertools
import socket
import ssl
from http import HTTPStatus

import anyio
from anyio.abc import ByteStream, TaskGroup, TaskStatus
from anyio.streams.tls import TLSAttribute, TLSStream

from conformance.receiver.listening import Port
from conformance.receiver.routing import Routes
from conformance.receiver.stream import Connection
from conformance.receiver.tally import Tally
from conformance.receiver.wire import HungUp, Refused, Wire

_PAUSE = 0.05
"""Real seconds before accepting is tried again, when the system has no descriptor left for a connection."""


class Server:
    """Serves connections until cancelled. `patience`: real seconds for a handshake, and for a request."""

    def __init__(self, routes: Routes, *, context: ssl.SSLContext | None, patience: float) -> None:
        self.tally = Tally()
        self._routes, self._context, self._patience = routes, context, patience
        self._numbers = itertools.count(1)
        self._group: TaskGroup | None = None

    async def run(self, listener: socket.socket, *, task_status: TaskStatus[None]) -> None:
        """Serve until cancelled."""
        async with anyio.create_task_group() as self._group:
            task_status.started()
            with listener:
                await self._accept(listener)

    async def port(self, host: str) -> Port:
        """A separate port for an endpoint, still closed."""
        assert self._group is not None  # noqa: S101 - asked for while it runs
        return Port(host, accept=self._accept, group=self._group)

    async def _accept(self, listener: socket.socket) -> None:
        assert self._group is not None  # noqa: S101 - runs inside it
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
            self._group.start_soon(self._serve, Connection(raw, next(self._numbers)))

    async def _serve(self, connection: Connection) -> None:
        try:
            wire = await self._secured(connection)
            try:
                await self._converse(wire)
            except Refused as refused:
                self.tally.add(refused.reason)
                if refused.status:
                    await wire.refuse(refused.status)
            except HungUp:
                pass
            await wire.close()
        except Refused as refused:
            self.tally.add(refused.reason)
        except Exception as error:  # noqa: BLE001 - one connection must not end the others; it is counted as our fault
            self.tally.add(f"receiver error: {error!r}")
        finally:
            connection.close()

    async def _secured(self, connection: Connection) -> Wire:
        stream: ByteStream = connection
        version = ""
        if self._context is not None:
            stream = secured = await self._handshake(connection, self._context)
            version = secured.extra(TLSAttribute.tls_version)  # noqa: S610 - not Django's extra
        return Wire(stream, connection, tls=version, patience=self._patience)

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

    async def _converse(self, wire: Wire) -> None:
        with anyio.move_on_after(self._patience) as scope:
            if not await wire.ready():
                raise Refused(
                    "closed without a request" + (f" after the TLS handshake{wire.alert}" if wire.tls else "")
                )
        if scope.cancelled_caught:
            raise Refused("slow request", HTTPStatus.REQUEST_TIMEOUT)
        await self._routes.serve(wire)
        while wire.next_request() and await wire.ready():
            await self._routes.serve(wire)
