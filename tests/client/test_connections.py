"""Connections: what one exchange leaves behind never reaches the next, and the client repeats nothing by itself."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from conformance.client import Journal, Recorder
from conformance.client import recorder as recorder_module
from conformance.client.recorder import Patience
from conformance.errors import Unreachable
from conformance.evidence import Vault
from conformance.evidence.blame import must_be_whole

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
STOPS = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"
TOO_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 2000
BROKEN = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\nno gzip"
CLOSE, RESET = b"close", b"reset"
"""In place of an answer: end the connection in order, or break it off."""
Plan = tuple[bytes, ...]
BROKEN_OFF = struct.pack("ii", 1, 0)


class Server:
    """Treats its connections one by one as planned: an answer for each request. It never closes unless it is told to.

    `heard` has the number of the connection for each request that came.
    """

    def __init__(self, plans: tuple[Plan, ...]) -> None:
        self.heard = list[int]()
        self.answered, self.closed = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open, self._threads = list[socket.socket](), list[threading.Thread]()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._begin(self._accept, plans)

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments))
        self._threads[-1].start()

    def _accept(self, plans: tuple[Plan, ...]) -> None:
        with suppress(OSError):
            for number, plan in enumerate(plans):
                self._open.append(self._listener.accept()[0])
                self._begin(self._live, number, self._open[-1], plan)

    def _live(self, number: int, connection: socket.socket, plan: Plan) -> None:
        for answer in plan:
            if answer != CLOSE:
                if not connection.recv(65_536):
                    return
                self.heard.append(number)
            if answer in {CLOSE, RESET}:
                self._end(connection, rudely=answer == RESET)
                return
            connection.sendall(answer)
            self.answered.set()

    def _end(self, connection: socket.socket, *, rudely: bool) -> None:
        if rudely:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BROKEN_OFF)
        connection.close()
        self.closed.set()

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it
        for thread in self._threads:
            thread.join()
        for each in (self._listener, *self._open):
            each.close()


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as open_ones:
        yield lambda *plans: open_ones.enter_context(closing(Server(plans)))


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    journal = Journal(folder / "main.jsonl")
    with closing(journal), closing(Recorder(journal, Vault("salt"), patience=Patience(10, 1000))) as recorder:
        yield recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with recording(tmp_path) as found:
        yield found


def test_a_connection_whose_answer_was_read_is_used_again(recorder: Recorder, serve: Serve) -> None:
    server = serve((OK, OK))

    assert [recorder.send("GET", server.url).status for _ in range(2)] == [200, 200]
    assert server.heard == [0, 0]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (STOPS, "the body was not complete after 10 s"),
        (TOO_LONG, "the body is longer than 1000 bytes"),
        (BROKEN, "the body broke off"),
    ],
    ids=["stops", "too long", "broken"],
)
def test_an_answer_that_was_not_read_to_its_end_does_not_hold_up_the_next(
    recorder: Recorder, serve: Serve, answer: bytes, failure: str
) -> None:
    server = serve((answer,), (OK,))
    recorder.monotonic = lambda: 9.9 if server.answered.is_set() else 0.0
    assert recorder.send("GET", server.url).failure.startswith(failure)
    recorder.monotonic = time.monotonic

    following = recorder.send("GET", server.url)

    assert (following.status, following.failure) == (200, "")
    assert server.heard == [0, 1]


def test_an_idle_connection_that_the_server_closed_is_no_failure(recorder: Recorder, serve: Serve) -> None:
    server = serve((OK, CLOSE), (OK,))
    recorder.send("GET", server.url)
    assert server.closed.wait(10)

    following = recorder.send("POST", server.url, content=b"{}")

    assert (following.status, following.failure) == (200, "")
    assert server.heard == [0, 1]


def test_after_a_wait_a_request_has_a_fresh_connection(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "KEPT_SECONDS", 0.05)
    server = serve((OK, OK), (OK,))
    with recording(tmp_path) as recorder:
        recorder.send("GET", server.url)
        time.sleep(0.1)
        assert recorder.send("POST", server.url, content=b"{}").status == 200

    assert server.heard == [0, 1]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("before", [(), (OK,)], ids=["fresh connection", "kept connection"])
def test_a_request_whose_answer_was_lost_is_not_repeated_unseen(
    recorder: Recorder, serve: Serve, method: str, before: Plan
) -> None:
    server = serve((*before, RESET), (OK,))
    for _ in before:
        recorder.send("GET", server.url)

    lost = recorder.send(method, server.url, content=b"{}")

    assert lost.response is None
    assert server.heard == [0] * (len(before) + 1)
    with pytest.raises(Unreachable):
        must_be_whole(lost)


def test_a_reset_is_told_as_one(recorder: Recorder, serve: Serve) -> None:
    assert recorder.send("GET", serve((RESET,)).url).failure.startswith("the connection broke")


def test_a_certificate_that_nobody_trusts_is_told_as_one(recorder: Recorder) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=greet)
        thread.start()
        exchange = recorder.send("GET", f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()

    assert exchange.response is None
    assert "CERTIFICATE_VERIFY_FAILED" in exchange.failure
