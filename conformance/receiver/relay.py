"""A relay: takes deliveries at a public address and hands them, byte for byte, to the runner that they are for.

Nothing is parsed but where requests begin and end. What answers is the runner's own receiver, over the connection that
the runner opened to here, so that it needs no address of its own; and it sees the ends and resets of either side.
"""

import ssl
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Self

import h11
from anyio.abc import ByteStream
from anyio.from_thread import start_blocking_portal

from conformance.receiver.admission import PAUSE, Admission
from conformance.receiver.door import Door
from conformance.receiver.frames import CONTROL, PROTOCOL, Link
from conformance.receiver.listening import authority, bind, parse_address
from conformance.receiver.sessions import MOST_SESSIONS, Ports, Session
from conformance.receiver.stream import Connection
from conformance.receiver.visitor import Visitor, refuse
from conformance.receiver.wire import Refused

_SWITCHED = f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {PROTOCOL}\r\n\r\n".encode()


class Relay:
    """Relays until it is left. A context manager that serves in a thread of its own.

    `listen` is "HOST:PORT"; `context` is that of its certificate, and None for plain HTTP; `ports` are those that
    runners may open and close for endpoints that refuse connections. `patience`: real seconds for a handshake, and for
    the head of a request. `say` is told, in the event loop, who comes, goes and is refused. Raises ConfigurationError
    when the address or the token cannot be used.
    """

    def __init__(
        self, token: str, *, listen: str = "127.0.0.1:0", context: ssl.SSLContext | None = None,
        ports: Iterable[int] = (), patience: float = 10.0, say: Callable[[str], object] = str,
    ) -> None:  # fmt: skip
        self._admission = Admission(token)
        self._host, self._port = parse_address(listen)
        self._scheme, self._patience = "https" if context else "http", patience
        self._door = Door(self._serve, context=context, patience=patience)
        self._ports = Ports(self._host, ports, self._door)
        self._say = say
        self._sessions: dict[str, Session] = {}
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        """Start to listen. Raises ConfigurationError when the address cannot be listened on."""
        with ExitStack() as stack:
            listener = stack.enter_context(bind(self._host, self._port, option="--listen"))
            self.url = f"{self._scheme}://{authority(listener)}"
            portal = stack.enter_context(start_blocking_portal())
            running, _ = portal.start_task(self._door.run, listener)
            stack.callback(running.cancel)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def refusals(self) -> dict[str, int]:
        """How many connections and requests were refused, by reason."""
        return self._door.tally.counts()

    @property
    def sessions(self) -> int:
        """How many runners are there."""
        return len(self._sessions)

    async def _serve(self, stream: ByteStream, connection: Connection, _tls: str) -> None:
        visitor = Visitor(stream, connection, self._sessions, patience=self._patience)
        try:
            request, raw = await visitor.first()
            if request.target.partition(b"?")[0].startswith(b"/relay/"):
                await self._admit(request, stream, connection)
            else:
                await visitor.run(raw)
        except Refused as refused:
            self._door.tally.add(refused.reason)
            if refused.status:
                await refuse(stream, HTTPStatus(refused.status))

    async def _admit(self, request: h11.Request, stream: ByteStream, connection: Connection) -> None:
        peer = connection.peer()
        if refused := self._refusal(request, peer):
            status, header, why = refused
            self._say(f"{peer} refused: {why}")
            self._door.tally.add(f"control: {why}")
            await refuse(stream, status, *header)
            return
        await stream.send(_SWITCHED)
        session = Session(Link(stream), self._ports)
        self._sessions[session.name] = session
        self._say(f"{peer} came; runs: {len(self._sessions)}")
        try:
            await session.run()
        finally:
            del self._sessions[session.name]
            self._say(f"{peer} went; runs: {len(self._sessions)}")

    def _refusal(self, request: h11.Request, peer: str) -> tuple[HTTPStatus, tuple[str, ...], str] | None:
        """Status, further headers and the reason; None: let in."""
        headers = dict(request.headers)
        why = self._admission.refusal(headers.get(b"authorization", b""), peer)
        if why is HTTPStatus.UNAUTHORIZED:
            return why, ("WWW-Authenticate: Bearer",), "wrong token"
        if why:
            return why, (f"Retry-After: {PAUSE:.0f}",), "too many guesses"
        if request.target != CONTROL.encode() or headers.get(b"upgrade") != PROTOCOL.encode():
            return HTTPStatus.UPGRADE_REQUIRED, (f"Upgrade: {PROTOCOL}",), "another version"
        full = len(self._sessions) >= MOST_SESSIONS
        return (HTTPStatus.SERVICE_UNAVAILABLE, (), "too many runs") if full else None
