"""The event loop's side of the receiver: serves one request after the other of each connection."""

import ssl
from http import HTTPStatus

import anyio
from anyio.abc import ByteStream

from conformance.receiver.door import Door
from conformance.receiver.listening import Port
from conformance.receiver.routing import Routes
from conformance.receiver.stream import Connection
from conformance.receiver.wire import HungUp, Refused, Wire


class Server:
    """Serves connections until cancelled. `patience`: real seconds for a handshake, and for a request."""

    def __init__(self, routes: Routes, *, context: ssl.SSLContext | None, patience: float) -> None:
        self._routes, self._patience = routes, patience
        self._door = Door(self._serve, context=context, patience=patience)
        self.tally, self.run = self._door.tally, self._door.run

    async def port(self, host: str, place: str, number: int) -> Port:
        """A separate port for an endpoint, still closed. `place`, `number` and errors are those of `Port`."""
        return Port(host, place=place, number=number, accept=self._door.accept, group=self._door.group)

    async def _serve(self, stream: ByteStream, connection: Connection, tls: str) -> None:
        wire = Wire(stream, connection, tls=tls, patience=self._patience)
        try:
            await self._converse(wire)
        except Refused as refused:
            self.tally.add(refused.reason)
            if refused.status:
                await wire.refuse(refused.status)
        except HungUp:
            pass
        await wire.close()

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
