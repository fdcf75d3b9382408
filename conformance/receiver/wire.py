"""HTTP/1.1 over one connection: raw requests in, and answers as bytes that the caller may send as it likes."""

import ssl
from http import HTTPStatus

import anyio
import h11
from anyio.abc import ByteStream

from conformance.evidence.exchange import Pairs
from conformance.limits import DELIVERY_BYTES, DELIVERY_HEADER_BYTES
from conformance.receiver.stream import CHUNK, Connection

_WIRE_LIMIT = DELIVERY_HEADER_BYTES + 2 * DELIVERY_BYTES  # with the framing of a body in small chunks
_MOST_PIECES = 32_768  # of a body: smaller ones only cost time
_LINGER = 1.0
_WITHOUT_BODY = (204, 304)
_BROKEN = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError)


class Refused(Exception):  # noqa: N818 - an outcome, not a fault
    """A request that is refused and counted under `reason`; status 0: the peer gets no answer."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


class HungUp(Exception):  # noqa: N818 - an outcome, not a fault
    """The peer closed the connection before it had its answer."""


class Wire:
    """One connection after its handshake. `patience`: real seconds that the peer may take to read what is sent."""

    def __init__(self, stream: ByteStream, connection: Connection, *, tls: str, patience: float) -> None:
        self.connection, self.tls = connection, tls
        self._stream, self._patience = stream, patience
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=DELIVERY_HEADER_BYTES)
        self._taken = 0
        self.alert = ""

    async def ready(self) -> bool:
        """Wait for the first bytes of the next request; False when the peer closes instead."""
        return bool(self._http.trailing_data[0]) or await self._feed()

    async def head(self) -> h11.Request:
        """The request line and headers. Raises Refused."""
        event = await self._event()
        if not isinstance(event, h11.Request):
            raise Refused("not HTTP", HTTPStatus.BAD_REQUEST)
        if event.http_version not in (b"1.0", b"1.1"):  # the preface of HTTP/2 reads like a request
            raise Refused("another version of HTTP", HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        return event

    async def body(self, request: h11.Request) -> bytes:
        """The exact bytes of the body; asks for them where the peer expects to be asked. Raises Refused."""
        if any(name == b"content-length" and int(value) > DELIVERY_BYTES for name, value in request.headers):
            raise Refused("body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body, pieces = bytearray(), 0
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            pieces += 1
            if len(body) > DELIVERY_BYTES or pieces > _MOST_PIECES:
                raise Refused("body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return bytes(body)

    async def hang_up(self) -> None:
        """Return when the peer has closed, keeping the beginning of its next request; or when it floods us."""
        while self._taken <= _WIRE_LIMIT and await self._feed():
            pass

    def next_request(self) -> bool:
        """Whether the connection serves another request."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._taken = len(self._http.trailing_data[0])
        return True

    def start(self, code: int, headers: Pairs = (), length: int | None = None) -> bytes:
        """The header block of an answer; without a length the body is chunked."""
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        if length is not None and code not in _WITHOUT_BODY:
            pairs.append((b"Content-Length", str(length).encode()))
        return self._encoded(h11.Response(status_code=code, headers=pairs, reason=_phrase(code)))

    def interim(self) -> bytes:
        """100 Continue."""
        return self._encoded(h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[], reason=b"Continue"))

    def piece(self, body: bytes) -> bytes:
        return self._encoded(h11.Data(data=body)) if body else b""

    def end(self) -> bytes:
        return self._encoded(h11.EndOfMessage())

    async def send(self, encoded: bytes) -> None:
        """Send bytes. Raises HungUp when the peer is gone or does not read."""
        if not encoded:
            return
        try:
            with anyio.fail_after(self._patience):
                await self._stream.send(encoded)
        except (*_BROKEN, TimeoutError) as error:
            raise HungUp from error

    async def refuse(self, code: int) -> None:
        """Answer without looking at what else the peer sends, and let it read the answer before the connection ends."""
        allow = (("Allow", "POST"),) if code == HTTPStatus.METHOD_NOT_ALLOWED else ()
        try:
            await self.send(self.start(code, (*allow, ("Connection", "close")), length=0) + self.end())
            with anyio.move_on_after(_LINGER):
                if not self.tls:
                    await self.connection.send_eof()
                while True:
                    await self._stream.receive(CHUNK)
        except (*_BROKEN, HungUp):
            return

    async def close(self) -> None:
        """Close TLS properly, without waiting long for the peer."""
        with anyio.move_on_after(_LINGER):
            try:
                await self._stream.aclose()
            except _BROKEN:
                return

    async def _event(self) -> "type[h11.NEED_DATA | h11.PAUSED] | h11.Event":
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                large = error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                raise Refused("headers too large" if large else "not HTTP", error.error_status_hint) from error
            if event is not h11.NEED_DATA:
                return event
            if self._taken > _WIRE_LIMIT:
                raise Refused("body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if self._http.they_are_waiting_for_100_continue:
                await self._go_ahead()
            if not await self._feed():
                raise Refused("cut off")

    async def _go_ahead(self) -> None:
        try:
            await self.send(self.interim())
        except HungUp as error:
            raise Refused("cut off") from error

    async def _feed(self) -> bool:
        try:
            chunk = await self._stream.receive(CHUNK)
        except ssl.SSLError as error:
            self.alert = f": {error.reason}"
            return False
        except _BROKEN:
            return False
        self._taken += len(chunk)
        self._http.receive_data(chunk)
        return True

    def _encoded(self, event: h11.Event) -> bytes:
        return self._http.send(event) or b""


def _phrase(code: int) -> bytes:
    try:
        return HTTPStatus(code).phrase.encode()
    except ValueError:
        return b""
