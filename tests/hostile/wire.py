"""One request to a peer, the way back to whoever sent it, and what all connections of a peer share."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import h11

from tests.hostile.replies import Answer, Headers

LONGEST_HEAD = 4 * 1024 * 1024
PATIENCE = 75.0
PIECE = 65536


class Stopped(Exception):  # noqa: N818 - no error: the peer's time is over
    """The peer is going; whatever it was doing is done."""


@dataclass(frozen=True)
class Call:
    """A complete request. `number` counts from 1, `age` is seconds since the first."""

    number: int
    age: float
    method: str
    target: str
    headers: Headers
    raw: bytes

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name), b"")

    @property
    def credentials(self) -> bytes:
        """Whatever secrets came with it."""
        return b" ".join(filter(None, (self.header(b"authorization"), self.header(b"cookie"))))

    @property
    def is_poll(self) -> bool:
        return self.method == "GET" and self.target.startswith("/api/v1/generations/")

    @property
    def is_of_the_api(self) -> bool:
        return self.target.startswith("/api/v1/")

    @property
    def registers(self) -> bool:
        return self.method == "POST" and self.target == "/api/account/webhooks"

    @property
    def removes(self) -> bool:
        return self.method == "DELETE" and self.target.startswith("/api/account/webhooks/")

    def with_target(self, target: str) -> "Call":
        raw = self.raw.replace(self.target.encode(), target.encode(), 1)
        return replace(self, target=target, raw=raw)


@dataclass
class Stage:
    """What the connections of a peer share. `seconds` is how long it kept answers back on purpose."""

    upstream: tuple[str, int] | None = None
    die: Callable[[float | None], None] = lambda _: None
    over: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _seen: dict[str, int] = field(default_factory=dict)
    _resting: int = 0
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def number(self, name: str) -> int:
        """The number of a name, from 1; the same one always."""
        with self._lock:
            return self._seen.setdefault(name, len(self._seen) + 1)

    def named(self, number: int) -> str:
        """The reverse; empty when there is none."""
        return next((name for name, known in self._seen.items() if known == number), "")

    def first(self, name: str) -> bool:
        """Whether the name is met for the first time."""
        with self._lock:
            known = len(self._seen)
            self._seen.setdefault(name, known + 1)
            return len(self._seen) > known

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Time in here is the target's own delay, counted once when connections rest at once."""
        with self._lock:
            self._since = self._since if self._resting else time.monotonic()
            self._resting += 1
        try:
            yield
        finally:
            with self._lock:
                self._resting -= 1
                self.seconds += 0.0 if self._resting else time.monotonic() - self._since


@dataclass
class Wire:
    """The way back over one connection. Every method raises OSError when the other side has gone."""

    connection: socket.socket
    stage: Stage
    closed: bool = False

    def send(self, content: bytes) -> None:
        self.connection.sendall(content)

    def send_forever(self, content: bytes) -> None:
        while not self.stage.over.is_set():
            self.send(content)

    def trickle(self, content: bytes, seconds: float = 1.0) -> None:
        """One byte at a time, so many seconds apart."""
        for index in range(len(content)):
            self.send(content[index : index + 1])
            self.wait(seconds)

    def wait(self, seconds: float = 3600.0) -> None:
        """Raises Stopped when the peer goes meanwhile."""
        if self.stage.over.wait(seconds):
            raise Stopped

    def delay(self, seconds: float) -> None:
        """A wait that the run is not to blame for."""
        with self.stage.resting():
            self.wait(seconds)

    def close(self) -> None:
        """Nothing more is read from or sent over this connection."""
        self.closed = True

    def reset(self) -> None:
        """End the connection with an RST; what was sent may be lost with it."""
        self.closed = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def ask(self, call: Call) -> Answer:
        """What the reference server answers to the call. Raises OSError when there is none."""
        if self.stage.upstream is None:
            raise ConnectionRefusedError("this peer stands alone")
        return exchanged(self.stage.upstream, call)

    def pass_on(self, call: Call) -> None:
        """The answer of the reference server, byte by byte as it came."""
        self.send(self.ask(call).raw)


def exchanged(address: tuple[str, int], call: Call) -> Answer:
    """Send the request's bytes over a connection of its own, and read one answer."""
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
    method = "HEAD" if call.method == "HEAD" else "GET"  # all that the framing of an answer depends on
    machine.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    machine.send(h11.EndOfMessage())
    raw, body, started = bytearray(), bytearray(), h11.Response(status_code=200, headers=[])
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(call.raw)
        while True:
            event = machine.next_event()
            if event is h11.NEED_DATA:
                piece = connection.recv(PIECE)
                raw += piece
                machine.receive_data(piece)
            elif isinstance(event, h11.Response):
                started = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                headers = tuple(started.headers.raw_items())
                return Answer(started.status_code, started.reason, headers, bytes(body), bytes(raw))
            else:
                raise ConnectionResetError("the reference server broke off")
