"""Calls that are held open, against servers that answer before the body is complete, after it, or not at all."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from conformance.client import Journal, Recorder, held
from conformance.client.current import Scenario, sending
from conformance.client.held import HeldCall, answered_early
from conformance.client.recorder import Patience
from conformance.client.remaining import Remaining
from conformance.evidence import Exchange, Vault

BODY = b'{"filename": "a"}'
ANSWER = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\nRetry-After: 1\r\n\r\nslow"
KEY = "k" * 32

Serve = Callable[[socket.socket], object]


@contextmanager
def serving(serve: Serve, secure: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that treats one connection as told; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def live() -> None:
            accepted, _ = listener.accept()
            with secure.wrap_socket(accepted, server_side=True) if secure else accepted as connection:
                connection.settimeout(5)
                with suppress(OSError):
                    serve(connection)

        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        yield f"{'https' if secure else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def read_to(end: bytes) -> Callable[[socket.socket], bytes]:
    def read(connection: socket.socket) -> bytes:
        received = b""
        while end not in received and (part := connection.recv(4096)):
            received += part
        return received

    return read


until_held, until_complete = read_to(BODY[:-1]), read_to(BODY)


def answers_early(connection: socket.socket) -> None:
    until_held(connection)
    connection.sendall(ANSWER)


def answers_late(connection: socket.socket) -> None:
    until_complete(connection)
    connection.sendall(ANSWER)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    journal = Journal(tmp_path / "j.jsonl")
    found = Recorder(journal, Vault("salt"), patience=Patience(5, 100_000))
    yield found
    found.close()
    journal.close()


def held_call(recorder: Recorder, base_url: str, remaining: Remaining | None = None) -> HeldCall:
    headers = {"Authorization": f"Bearer gimg_{recorder.vault.keep(KEY, 'burner')}"}
    return HeldCall(
        recorder, f"{base_url}/api/v1/upload", headers, BODY, account="burner", operation="upload", probe="held",
        remaining=remaining,
    ).open()  # fmt: skip


def finished(call: HeldCall) -> Exchange:
    call.complete()
    return call.finish()


def test_an_early_answer_is_noticed_and_kept(recorder: Recorder) -> None:
    with serving(answers_early) as url:
        call = held_call(recorder, url)
        assert answered_early([call], 5)
        exchange = finished(call)
    assert (exchange.status, exchange.header("retry-after"), exchange.response and exchange.response.body) == (
        429, "1", b"slow",
    )  # fmt: skip


def test_a_held_call_bears_an_id_and_the_name_of_its_scenario(recorder: Recorder) -> None:
    with serving(answers_late) as url, sending(Scenario("concurrency")):
        first, second = held_call(recorder, url), held_call(recorder, url)
        later, earlier = finished(second), finished(first)

    ids = [exchange.request.header("x-request-id") for exchange in (earlier, later)]
    assert ids == [f"gimg-{recorder.run}-{number}" for number in (0, 1)]
    assert [(e.number, e.scenario, e.started_at[-1]) for e in (earlier, later)] == [
        (0, "concurrency", "Z"), (1, "concurrency", "Z")
    ]  # fmt: skip


def test_a_call_is_answered_once_its_last_byte_is_sent(recorder: Recorder) -> None:
    with serving(answers_late) as url:
        call = held_call(recorder, url)
        assert not answered_early([call], 0)
        assert finished(call).status == 429


def test_a_held_call_is_one_less_of_the_quota_from_its_beginning(recorder: Recorder) -> None:
    quota = Remaining()
    with serving(answers_late) as url:
        call = held_call(recorder, url, quota)
        assert quota.sent("burner") == 1
        finished(call)


def test_the_key_is_sent_and_not_written_down(recorder: Recorder) -> None:
    heard = []
    with serving(lambda connection: heard.append(until_held(connection))) as url:
        exchange = held_call(recorder, url).break_off()
    assert f"Bearer gimg_{KEY}".encode() in heard[0]
    assert exchange.request.header("authorization") == "Bearer gimg_REDACTED-burner"


def test_a_call_that_was_broken_off_has_no_answer(recorder: Recorder) -> None:
    with serving(until_complete) as url:
        exchange = held_call(recorder, url).break_off()
    assert (exchange.response, exchange.failure) == (None, "broken off by the suite")


def test_a_server_that_hangs_up_has_answered_nothing(recorder: Recorder) -> None:
    with serving(until_held) as url:
        call = held_call(recorder, url)
        assert not answered_early([call], 5)
        assert finished(call).failure


def test_nobody_there_is_no_answer(recorder: Recorder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    call = held_call(recorder, f"http://127.0.0.1:{port}")
    assert not answered_early([call], 5)
    assert finished(call).failure


@pytest.fixture(scope="module")
def certified() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context and one that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


@pytest.mark.parametrize("serve", [answers_early, answers_late])
def test_tickets_of_tls_are_no_answer(
    recorder: Recorder, certified: tuple[ssl.SSLContext, ssl.SSLContext], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = certified
    monkeypatch.setattr(held, "ssl_context", lambda _: client)
    with serving(serve, server) as url:
        call = held_call(recorder, url)
        assert answered_early([call], 5 if serve is answers_early else 0.05) is (serve is answers_early)
        assert finished(call).status == 429
