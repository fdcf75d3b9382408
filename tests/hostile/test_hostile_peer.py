"""What passes through a peer, and what its behaviours do to it, over real sockets on 127.0.0.1."""

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.hostile.catalogue import load
from tests.hostile.peer import Act, Peer, pass_on
from tests.hostile.replies import MEGABYTE, bomb, reply
from tests.hostile.wire import Call, Wire

HEAD = b"HTTP/1.1 200 Fine\r\nX-ODD: a\r\nx-odd:  b \r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
ANSWER = HEAD + b"[\xff1, 2]"
ASKED = b"POST /api/v1/generate?x=%20 HTTP/1.1\r\nHost: here\r\nx-Odd:   c\r\nContent-Length: 3\r\n\r\n\x00\xffz"
POLL = b"GET /api/v1/generations/1 HTTP/1.1\r\nHost: here\r\n\r\n"


class Server:
    """Answers every connection's one request alike, and keeps the bytes that came."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.received = answer, list[bytes]()
        self.listener = socket.create_server(("127.0.0.1", 0))

    def live(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    self.received.append(connection.recv(65536))
                    connection.sendall(self.answer)


@contextlib.contextmanager
def before(answer: bytes, act: Act) -> Iterator[tuple[Peer, Server]]:
    server = Server(answer)
    threading.Thread(target=server.live, daemon=True).start()
    with Peer(act) as peer:
        peer.stage.upstream = server.listener.getsockname()
        yield peer, server
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()


@contextlib.contextmanager
def connected(peer: Peer) -> Iterator[Callable[[bytes, int], bytes]]:
    """Sends bytes, and reads so many, fewer when the connection ends."""
    with socket.create_connection(("127.0.0.1", peer.port), timeout=5) as connection:

        def exchange(content: bytes, size: int) -> bytes:
            connection.sendall(content)
            received = b""
            while len(received) < size and (piece := connection.recv(size - len(received))):
                received += piece
            return received

        yield exchange


def test_what_has_nothing_done_to_it_passes_byte_by_byte() -> None:
    with before(ANSWER, pass_on) as (peer, server), connected(peer) as exchange:
        assert exchange(ASKED, len(ANSWER)) == ANSWER
        assert exchange(POLL, len(ANSWER)) == ANSWER
        assert server.received == [ASKED, POLL]


def test_requests_are_told_apart_though_they_come_at_once() -> None:
    numbers: list[int] = []

    def note(call: Call, wire: Wire) -> None:
        numbers.append(call.number)
        wire.pass_on(call)

    with before(ANSWER, note) as (peer, server), connected(peer) as exchange:
        exchange(ASKED + POLL + ASKED, 3 * len(ANSWER))
        assert (numbers, server.received) == ([1, 2, 3], [ASKED, POLL, ASKED])


def test_the_test_clock_is_neither_counted_nor_disturbed() -> None:
    control = b"GET /__clock HTTP/1.1\r\nHost: here\r\n\r\n"
    with before(ANSWER, load()["garbage"].act) as (peer, _), connected(peer) as exchange:
        assert exchange(control, len(ANSWER)) == ANSWER


def test_a_peer_dies_and_rises() -> None:
    def die(call: Call, wire: Wire) -> None:
        wire.stage.die(0.2)

    with before(ANSWER, die) as (peer, _):
        with connected(peer) as exchange:
            assert exchange(POLL, 1) == b""
        with pytest.raises(ConnectionRefusedError), connected(peer):
            pass
        peer.act = pass_on
        for _ in range(100):
            with contextlib.suppress(ConnectionRefusedError), connected(peer) as exchange:
                assert exchange(POLL, len(ANSWER)) == ANSWER
                break
            threading.Event().wait(0.02)
        else:
            pytest.fail("it did not rise")


def test_a_peer_ends_whatever_it_was_at() -> None:
    acts = [load()[name].act for name in ("silent", "body-trickles", "endless-body", "slow-interim")]
    for act in acts:
        with Peer(act) as peer, connected(peer) as exchange:
            exchange(POLL, 0)
    assert peer.stage.over.is_set()


def test_own_delays_are_counted_once_though_they_overlap() -> None:
    def delay(call: Call, wire: Wire) -> None:
        wire.delay(0.2)
        wire.send(reply(200))

    with Peer(delay) as peer, connected(peer) as one, connected(peer) as another:
        one(POLL, 0)
        another(POLL, 5)
        one(b"", 5)
    assert 0.2 <= peer.stage.seconds < 0.4


def test_another_host_that_learns_the_key_is_noted() -> None:
    asked = b"GET / HTTP/1.1\r\nHost: %b:1\r\nAuthorization: Bearer k\r\n\r\n"
    with Peer(load()["redirects-elsewhere"].act) as peer, connected(peer) as exchange:
        assert b"Location: http://localhost:1/" in exchange(asked % b"127.0.0.1", 100)
        assert peer.stage.notes == []
    with Peer(load()["redirects-elsewhere"].act) as peer, connected(peer) as exchange:
        exchange(asked % b"localhost", 10)
        assert peer.stage.notes == ["the credentials were sent to another host"]


def test_every_fifth_answer_is_cut() -> None:
    with before(ANSWER, load()["fifth-reset"].act) as (peer, _):
        got = []
        for _ in range(5):
            with connected(peer) as exchange:
                try:
                    got.append(exchange(POLL, len(ANSWER)) == ANSWER)
                except ConnectionResetError:
                    got.append(False)
    assert got == [True] * 4 + [False]


def test_a_bomb_is_a_whole_gzip_stream() -> None:
    assert gzip.decompress(b"".join(bomb(20 * MEGABYTE))) == b"0" * (20 * MEGABYTE)
