"""Peers that misbehave are turned away, counted, and disturb nobody."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress

import anyio
import pytest

from conformance.evidence.attempt import Moment, Refusal
from conformance.receiver import Endless, Receiver, Stall, Status
from conformance.receiver.listening import bind
from conformance.receiver.log import Log
from conformance.receiver.routing import Routes
from conformance.receiver.stream import Connection
from tests.receiver.raw_sender import Sender, Steps, eventually_refused, payload, post, request

MEBIBYTE = 1_048_576


@pytest.fixture
def receiver(clock: Steps) -> Iterator[Receiver]:
    """Reached directly: a relay refuses by itself what is no request, and hands on no connection without one."""
    with Receiver(now=clock, sleep=None) as receiver:
        yield receiver
        receiver.drain()


@pytest.fixture(autouse=True)
def undisturbed(receiver: Receiver) -> Iterator[None]:
    """Whatever a test does to the receiver, an ordinary delivery is still received after it."""
    yield
    assert post(receiver.open().url, payload()) == 200


def test_an_unknown_path_is_refused(receiver: Receiver) -> None:
    endpoint = receiver.open()
    for url in (f"{endpoint.url}x", f"{endpoint.url}/", endpoint.url.removesuffix(endpoint.path) + "/"):
        assert post(url) == 404
    assert receiver.refusals == {"unknown path": 3}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "BREW"])
def test_other_methods_are_refused(receiver: Receiver, method: str) -> None:
    endpoint = receiver.open()
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, b"", method=method))
        assert sender.rest().startswith(b"HTTP/1.1 405 ")
    assert receiver.refusals == {"method": 1}
    assert [refusal.method for refusal in endpoint.refused()] == [method]


def test_the_largest_body_is_received(receiver: Receiver) -> None:
    endpoint = receiver.open()
    assert post(endpoint.url, b"x" * MEBIBYTE) == 200
    assert len(endpoint.attempts()[0].body) == MEBIBYTE


def test_a_body_announced_too_large_is_refused_unread(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, b"", f"Content-Length: {MEBIBYTE + 1}", "Expect: 100-continue"))
        assert sender.answer().status == 413
    assert (receiver.refusals, endpoint.attempts()) == ({"body too large": 1}, ())
    assert [refusal.reason for refusal in endpoint.refused()] == ["body too large"]


@pytest.mark.parametrize(("size", "count"), [(1, 32_769), (65_536, 17)])
def test_a_chunked_body_that_grows_too_large_is_refused(receiver: Receiver, size: int, count: int) -> None:
    endpoint = receiver.open()
    chunk = b"%x\r\n%b\r\n" % (size, b"x" * size)
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, chunk * count, "Transfer-Encoding: chunked"))
        assert sender.answer().status == 413
    assert receiver.refusals == {"body too large": 1}


def test_a_sender_that_asks_first_is_told_to_go_on(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, b"", "Content-Length: 2", "Expect: 100-continue"))
        assert sender.read(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sender.send(b"{}")
        assert sender.answer().status == 200
    assert endpoint.attempts()[0].body == b"{}"


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"\x16\x03\x01\x02\x00garbage\r\n\r\n", "not HTTP"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "another version of HTTP"),
        (b"hello\r\n\r\n", "not HTTP"),
        (b"\0" * 99, "not HTTP"),
    ],
)
def test_what_is_not_http_is_refused(receiver: Receiver, garbage: bytes, reason: str) -> None:
    with Sender(receiver.canary_url) as sender:
        sender.send(garbage)
        assert sender.rest().startswith(b"HTTP/1.1 ")
    assert receiver.refusals == {reason: 1}


@pytest.mark.parametrize(
    "lines", [("Content-Length: 2", "Content-Length: 3"), ("Content-Length: -1",), ("bad header",)]
)
def test_headers_that_contradict_http_are_refused(receiver: Receiver, lines: tuple[str, ...]) -> None:
    endpoint = receiver.open()
    assert post(endpoint.url, b"{}", *lines) == 400
    assert receiver.refusals == {"not HTTP": 1}


def test_broken_chunks_are_refused(receiver: Receiver) -> None:
    endpoint = receiver.open()
    assert post(endpoint.url, b"zz\r\n", "Transfer-Encoding: chunked") == 400
    assert [refusal.reason for refusal in endpoint.refused()] == ["not HTTP"]


def test_huge_headers_are_refused(receiver: Receiver) -> None:
    assert post(receiver.open().url, b"{}", "X-Large: " + "x" * 200_000) == 431
    assert receiver.refusals == {"headers too large": 1}


@pytest.mark.parametrize(
    "value", [None, "", "ab", "0" * 63, "0" * 50_000, "\xe9" * 64, "\xff\x80", "0x" + "0" * 64, "a,b", "=?utf-8?q?a?="]
)
def test_a_signature_of_any_kind_is_received_answered_as_planned_and_kept(
    receiver: Receiver, value: str | None
) -> None:
    endpoint = receiver.open([Status(503), Status(204)])
    lines = [] if value is None else [f"X-Gptimg-Signature: {value}"]

    assert [post(endpoint.url, payload(), *lines) for _ in range(2)] == [503, 204]
    assert [attempt.header("x-gptimg-signature") for attempt in endpoint.attempts()] == [value, value]
    assert receiver.refusals == {}


def test_a_request_that_breaks_off_is_counted(receiver: Receiver) -> None:
    endpoint = receiver.open()
    for raw in (request(endpoint.url)[:20], request(endpoint.url)[:-1]):
        with Sender(endpoint.url) as sender:
            sender.send(raw)
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, b"", "Content-Length: 2", "Expect: 100-continue"))
        sender.read(25)
    eventually_refused(receiver, {"cut off": 3})
    assert endpoint.attempts() == ()


def test_a_connection_without_a_request_is_counted(receiver: Receiver) -> None:
    Sender(receiver.canary_url).close()
    eventually_refused(receiver, {"closed without a request": 1})


@pytest.mark.parametrize("beginning", [b"", b"POST /", b"POST / HTTP/1.1\r\nHost: x\r\n"])
def test_a_sender_that_takes_too_long_is_turned_away(beginning: bytes) -> None:
    with Receiver(now=Steps(), patience=0.02) as receiver, Sender(receiver.canary_url) as sender:
        sender.send(beginning)
        assert sender.answer().status == 408
        assert receiver.refusals == {"slow request": 1}


def test_a_body_that_takes_too_long_is_turned_away() -> None:
    with Receiver(now=Steps(), patience=0.02) as receiver:
        endpoint = receiver.open()
        with Sender(endpoint.url) as sender:
            sender.send(request(endpoint.url)[:-1])
            assert sender.answer().status == 408
        assert receiver.refusals == {"slow request": 1}


def test_an_idle_connection_is_kept_for_the_next_delivery() -> None:
    with Receiver(now=Steps(), patience=0.02) as receiver:
        endpoint = receiver.open()
        with Sender(endpoint.url) as idle, Sender(endpoint.url) as impatient:
            assert idle.post() == 200
            assert impatient.answer().status == 408
            assert idle.post() == 200


def test_a_flood_behind_a_held_attempt_ends_the_connection(receiver: Receiver) -> None:
    endpoint = receiver.open([Stall()])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url))
        endpoint.wait_for(1)
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            sender.send(b"x" * 100_000_000)
    endpoint.wait_for(1, ended=True)


def test_a_sender_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.receiver.stream.Connection.send", _never)
    with Receiver(now=Steps(), patience=0.02) as other:
        endpoint = other.open([Endless()])
        with Sender(endpoint.url) as sender:
            sender.send(request(endpoint.url))
            (attempt,) = endpoint.wait_for(1, ended=True)
    monkeypatch.undo()
    assert attempt.ended is not None
    assert (attempt.ended.how, attempt.ended.at.target) == ("hung up", 1000)


def test_a_fault_of_our_own_is_counted_and_ends_one_connection(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_self: Routes, _wire: object) -> None:
        raise LookupError("oops")

    with monkeypatch.context() as patch, Sender(receiver.canary_url) as sender:
        patch.setattr(Routes, "serve", broken)
        sender.send(b"anything")
        with suppress(ConnectionResetError):
            assert sender.rest() == b""
    assert receiver.refusals == {"receiver error: LookupError('oops')": 1}


def test_a_sender_that_leaves_when_it_is_told_to_go_on_is_counted(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_self: Connection, _item: bytes) -> None:
        raise anyio.BrokenResourceError

    endpoint = receiver.open()
    with monkeypatch.context() as patch, Sender(endpoint.url) as sender:
        patch.setattr(Connection, "send", gone)
        sender.send(request(endpoint.url, b"", "Content-Length: 2", "Expect: 100-continue"))
        eventually_refused(receiver, {"cut off": 1})


def test_only_so_many_refusals_of_an_endpoint_are_remembered() -> None:
    log = Log()
    for number in range(1001):
        log.refuse(Refusal("endpoint-1", "method", "GET", f"/{number}", Moment(0.0, 0.0)))
    assert len(log.refused()) == 1000


class Spurious(socket.socket):
    """Readable, and then nothing is there, once."""

    failures = 1

    def recv(self, *args: int) -> bytes:
        if self.failures:
            self.failures -= 1
            raise BlockingIOError
        return super().recv(*args)


def test_waking_up_for_nothing_is_harmless() -> None:
    near, far = socket.socketpair()
    with Spurious(fileno=near.detach()) as spurious, far:
        far.sendall(b"something")
        assert anyio.run(Connection(spurious, 1).receive) == b"something"


def test_a_connection_that_is_closed_has_no_peer() -> None:
    near, far = socket.socketpair()
    with far:
        connection = Connection(near, 1)
        assert not connection.hung_up()
        connection.close()
        assert connection.hung_up()


class Exhausted(socket.socket):
    """A listening socket that has nothing to accept, and then is at the limit of open files, once each."""

    failures: tuple[OSError, ...] = (BlockingIOError(), OSError(errno.EMFILE, "Too many open files"))

    def accept(self) -> tuple[socket.socket, object]:
        if self.failures:
            failure, *rest = self.failures
            self.failures = tuple(rest)
            raise failure
        return super().accept()


def test_running_out_of_descriptors_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "conformance.receiver.receiver.bind", lambda *address: Exhausted(fileno=bind(*address).detach())
    )
    with Receiver(now=Steps()) as receiver:
        assert post(receiver.open().url) == 200
        assert receiver.refusals == {"not accepted: Too many open files": 1}


async def _never(_self: object, _item: bytes) -> None:
    await anyio.sleep_forever()
