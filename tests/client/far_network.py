"""A network between two programs on one machine: far away, and imperfect. What it does depends on its seed alone."""

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Queue

MOST_CONNECTIONS = 5000
PIECE = 65_536
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset, and nothing that is under way."""
ARRIVING_SECONDS = 0.01
"""What was sent has arrived by then."""
PLACES = ("opened", "asked", "answered")
"""Where a connection is reset: before anything arrives, after a request arrived, or within its answer."""


@dataclass
class FarNetwork:
    """`seconds` is the time of one way there and back; of all pieces that a client sends, `resets` lose their
    connection.
    """

    to: tuple[str, int]
    seconds: float = 0.0
    resets: float = 0.0
    seed: int = 0
    port: int = 0
    connections: int = 0
    broken: list[str] = field(default_factory=list)
    """Where connections were reset, in order of time."""
    _random: random.Random = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - it is to be the same each time

    def fate(self) -> str:
        """What becomes of the next request: the place where its connection is reset; empty: none."""
        with self._lock:
            drawn, place = self._random.random(), self._random.choice(PLACES)
            if drawn >= self.resets:
                return ""
            self.broken.append(place)
            return place

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while self.connections < MOST_CONNECTIONS:
                near, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self.to)
        except OSError:
            near.close()
            return
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        time.sleep(self.seconds)  # the handshake
        line = _Line(near, far)
        back = threading.Thread(target=self._pass_on, args=(far, near, line, False), daemon=True)
        back.start()
        self._pass_on(near, far, line, True)

    def _pass_on(self, source: socket.socket, sink: socket.socket, line: "_Line", asking: bool) -> None:
        """Every piece arrives half a turn after it was sent, in order."""
        under_way: Queue[tuple[float, bytes]] = Queue()
        way = _Way(sink, line, asking)
        delivering = threading.Thread(target=self._deliver, args=(under_way, way), daemon=True)
        delivering.start()
        with suppress(OSError):
            while piece := source.recv(PIECE):
                under_way.put((time.monotonic() + self.seconds / 2, piece))
        under_way.put((time.monotonic() + self.seconds / 2, b""))
        delivering.join()
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _deliver(self, under_way: "Queue[tuple[float, bytes]]", way: "_Way") -> None:
        more = True
        while more:
            due, piece = under_way.get()
            time.sleep(max(0.0, due - time.monotonic()))
            more = bool(piece) and self._delivered(piece, way)

    def _delivered(self, piece: bytes, way: "_Way") -> bool:
        """Whether the connection goes on."""
        line = way.line
        if way.asking:
            line.fate = self.fate()
        try:
            if way.asking and line.fate == "opened":
                line.reset()
                return False
            ends = line.fate == ("asked" if way.asking else "answered")
            way.sink.sendall(piece[: len(piece) // 2] if ends and not way.asking else piece)
        except OSError:
            return False
        if ends:
            time.sleep(ARRIVING_SECONDS)
            line.reset()
        return not ends


@dataclass
class _Line:
    near: socket.socket
    far: socket.socket
    fate: str = ""

    def reset(self) -> None:
        for end in (self.near, self.far):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                end.shutdown(socket.SHUT_RD)  # wakes whoever reads
            end.close()


@dataclass(frozen=True)
class _Way:
    """Where the pieces of one direction go; `asking`: they come from the client."""

    sink: socket.socket
    line: _Line
    asking: bool


@contextmanager
def far_network(to: str, *, seconds: float = 0.0, resets: float = 0.0, seed: int = 0) -> Iterator[FarNetwork]:
    """A network before the server at this "host:port"; it listens at `port`."""
    host, _, port = to.rpartition(":")
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        network = FarNetwork((host, int(port)), seconds, resets, seed, listener.getsockname()[1])
        threading.Thread(target=network.serve, args=(listener,), daemon=True).start()
        try:
            yield network
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
