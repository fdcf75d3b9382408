"""One deadline for a whole exchange, whichever piece of it trickles, and a measure for what comes before a body."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from conformance import limits
from conformance.client import Journal, Recorder
from conformance.client.clock_control import Control
from conformance.client.held import HeldCall
from conformance.client.recorder import Patience
from conformance.errors import Inconclusive
from conformance.evidence import Vault
from conformance.target.network import Network

OK = b"HTTP/1.1 200 OK\r\n"
PIECES = [
    pytest.param(b"", b"HTTP/1.1 ", "the answer", id="status line"),
    pytest.param(OK, b"X-A: b\r\n", "the answer", id="headers"),
    pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", "the answer", id="interim answers"),
    pytest.param(OK + b"Content-Length: 99999\r\n\r\n", b"x", "the body", id="body"),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", "the body", id="size of a chunk"),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "the body", id="chunks"),
]
Trickle = Callable[[bytes, bytes], str]


@pytest.fixture
def trickle() -> Iterator[Trickle]:
    """A server that sends a beginning and then, byte by byte and without end, the same piece again and again."""
    over, threads = threading.Event(), list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def live(beginning: bytes, piece: bytes) -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(beginning)
                for byte in itertools.cycle(piece):
                    if over.wait(0.001):
                        return
                    connection.sendall(bytes([byte]))

        def begin(beginning: bytes, piece: bytes) -> str:
            threads.append(threading.Thread(target=live, args=(beginning, piece)))
            threads[-1].start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        yield begin
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """Each look at its clock takes a tenth of a second; it waits for 10 s."""
    ticks = itertools.count()
    with closing(Journal(tmp_path / "main.jsonl")) as journal:
        found = Recorder(
            journal, Vault("salt"), monotonic=lambda: next(ticks) / 10, patience=Patience(10, limits.BODY_BYTES)
        )  # fmt: skip
        with closing(found):
            yield found


@pytest.mark.parametrize(("beginning", "piece", "told"), PIECES)
def test_whatever_trickles_is_given_up(
    recorder: Recorder, trickle: Trickle, beginning: bytes, piece: bytes, told: str
) -> None:
    exchange = recorder.send("GET", trickle(beginning, piece))

    assert exchange.failure.startswith(told)
    assert exchange.limit
    assert exchange.seconds < 12


@pytest.mark.parametrize(("beginning", "piece", "told"), PIECES)
def test_an_answer_to_a_held_call_is_given_up_as_well(
    recorder: Recorder, trickle: Trickle, beginning: bytes, piece: bytes, told: str
) -> None:
    url = trickle(beginning, piece)
    call = HeldCall(recorder, url, {}, b"{}", account="burner", operation="upload", probe="held").open()
    call.complete()
    exchange = call.finish()

    assert exchange.failure.startswith(told)
    assert exchange.limit


@pytest.mark.parametrize(("beginning", "piece", "told"), PIECES)
def test_a_test_clock_that_trickles_is_given_up_too(
    trickle: Trickle, beginning: bytes, piece: bytes, told: str
) -> None:
    with closing(Control(trickle(beginning, piece), network=Network(0.05))) as control, pytest.raises(Inconclusive):
        control("GET", None)
