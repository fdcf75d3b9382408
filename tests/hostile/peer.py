"""A server on 127.0.0.1 that does to every request what one behaviour would have it do."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import h11

from conformance.reference.control import PATH as CONTROL
from tests.hostile.wire import LONGEST_HEAD, PATIENCE, PIECE, Call, Stage, Stopped, Wire

HOST = "127.0.0.1"
MOST_CONNECTIONS = 128
Act = Callable[[Call, Wire], object]


def pass_on(call: Call, wire: Wire) -> None:
    """Nothing: the answer of the server behind, byte by byte."""
    wire.pass_on(call)


class Peer:
    """Listens while its context lasts, and holds at most MOST_CONNECTIONS; one more is closed at once.

    A test clock's control is no part of the API: requests to it are passed on and not counted.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self.stage = Stage(die=self.die)
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._dead = False
        self._calls, self._first = 0, 0.0
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stage.over.set()
        self._deafen()
        self._end_connections()

    def die(self, seconds: float | None) -> None:
        """Refuse all connections for so many seconds, or for good, and break those that there are."""
        self._dead = True
        self._deafen()
        self._end_connections()
        if seconds is not None:
            self._start(lambda: self._rise_after(seconds))

    def _deafen(self) -> None:
        with suppress(OSError):  # closing alone would leave it open for as long as somebody waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _rise_after(self, seconds: float) -> None:
        if not self.stage.over.wait(seconds):
            self._listener = _listen(self.port)
            self._dead = False
            self._accept()

    def _start(self, work: Callable[[], object]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def _end_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        listener = self._listener
        while not (self._dead or self.stage.over.is_set()):
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        with self._lock:
            full = self._dead or len(self._connections) >= MOST_CONNECTIONS
            if not full:
                self._connections.add(connection)
        if full:
            connection.close()
            return
        self._start(lambda: self._live(connection))

    def _live(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, Stopped, h11.RemoteProtocolError):
            self._serve(connection)
        with self._lock:
            self._connections.discard(connection)
        connection.close()

    def _serve(self, connection: socket.socket) -> None:
        wire, rest = Wire(connection, self.stage), b""
        while not wire.closed:
            request, raw, rest = received(connection, rest)
            target = request.target.decode("latin-1")
            counted = target != CONTROL
            number, age = self._count() if counted else (0, 0.0)
            headers = tuple(request.headers.raw_items())
            call = Call(number, age, request.method.decode(), target, headers, raw)
            (self.act if counted else pass_on)(call, wire)
            if call.header(b"connection").lower() == b"close":
                wire.close()

    def _count(self) -> tuple[int, float]:
        with self._lock:
            self._first = self._first or time.monotonic()
            self._calls += 1
            return self._calls, time.monotonic() - self._first


def received(connection: socket.socket, begun: bytes) -> tuple[h11.Request, bytes, bytes]:
    """A request, its bytes, and those that came after it. Raises OSError when there is no (whole) one."""
    machine = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
    raw, request = bytearray(begun), None
    if begun:
        machine.receive_data(begun)
    while True:
        event = machine.next_event()
        if event is h11.NEED_DATA:
            piece = connection.recv(PIECE)
            raw += piece
            machine.receive_data(piece)
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            rest = machine.trailing_data[0]
            return request, bytes(raw[: len(raw) - len(rest)]), rest
        elif not isinstance(event, h11.Data):
            raise ConnectionResetError("no request came")


def _listen(port: int) -> socket.socket:
    listener = socket.create_server((HOST, port), backlog=256)
    listener.settimeout(0.1)
    return listener
