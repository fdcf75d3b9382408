"""Whatever a server does, sending a request gives an exchange: captured, redacted, written, and nothing raised."""

import gzip
import itertools
import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
import respx

from conformance.client import Journal, Recorder
from conformance.client.journal import read
from conformance.client.recorder import Patience
from conformance.evidence import Vault
from conformance.evidence.curl import curl_line

URL = "http://target.example/api"
OK = b"HTTP/1.1 200 OK\r\n"
Serve = Callable[[bytes], str]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    journal = Journal(tmp_path / "main.jsonl")
    with closing(journal), closing(Recorder(journal, Vault("salt"), patience=Patience(0.2, 1000))) as recorder:
        yield recorder


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that answers one connection with these bytes and closes it; nothing: it stays silent."""
    over = threading.Event()
    threads = list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer(reply: bytes) -> None:
            with suppress(OSError):  # a client that never came, or gave up early
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    if not reply:
                        over.wait()
                    connection.sendall(reply)

        def begin(reply: bytes) -> str:
            threads.append(threading.Thread(target=answer, args=(reply,)))
            threads[-1].start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        yield begin
        over.set()
        listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        for thread in threads:
            thread.join()


def test_a_closed_port_is_a_failure_in_words(recorder: Recorder, serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    exchange = recorder.send("GET", f"http://127.0.0.1:{port}/")

    assert exchange.response is None
    assert exchange.failure.startswith("connection refused")


def test_a_server_that_stays_silent_is_given_up(recorder: Recorder, serve: Serve) -> None:
    exchange = recorder.send("GET", serve(b""))

    assert exchange.response is None
    assert exchange.failure.startswith("no answer in time")


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00\xff\x15\x03\x01", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
def test_what_is_no_http_is_a_failure(recorder: Recorder, serve: Serve, reply: bytes) -> None:
    exchange = recorder.send("GET", serve(reply))

    assert exchange.response is None
    assert exchange.failure.startswith("the answer is not HTTP, or broke off")


def test_a_body_that_breaks_off_is_kept_as_far_as_it_came(recorder: Recorder, serve: Serve) -> None:
    exchange = recorder.send("GET", serve(OK + b"Content-Length: 10\r\n\r\nabc"))

    assert exchange.response
    assert exchange.response.body == b"abc"
    assert exchange.failure.startswith("the body broke off")


def test_compression_that_is_none_is_a_failure(recorder: Recorder, serve: Serve) -> None:
    exchange = recorder.send("GET", serve(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"))

    assert exchange.status == 200
    assert exchange.failure.startswith("the body broke off")


def test_a_compressed_body_is_unpacked(recorder: Recorder, serve: Serve) -> None:
    packed = gzip.compress(b'{"a":1}')
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"

    assert recorder.send("GET", serve(OK + head.encode() + packed)).json == {"a": 1}


@respx.mock
def test_an_endless_body_is_cut_off(recorder: Recorder) -> None:
    respx.get(URL).mock(return_value=httpx.Response(200, content=(b"x" * 300 for _ in itertools.count())))

    exchange = recorder.send("GET", URL)

    assert exchange.response
    assert len(exchange.response.body) == 1000
    assert exchange.failure == "the body is longer than 1000 bytes"


@respx.mock
def test_a_body_that_trickles_is_given_up(tmp_path: Path) -> None:
    respx.get(URL).mock(return_value=httpx.Response(200, content=(b"x" for _ in itertools.count())))
    ticks = itertools.count()
    with closing(Journal(tmp_path / "main.jsonl")) as journal:
        recorder = Recorder(journal, Vault("salt"), monotonic=lambda: float(next(ticks)), patience=Patience(5, 1000))
        with closing(recorder):
            exchange = recorder.send("GET", URL)

    assert exchange.failure == "the body was not complete after 5 s"


@respx.mock
def test_redirects_are_seen_and_not_followed(recorder: Recorder) -> None:
    respx.get(URL).mock(return_value=httpx.Response(302, headers={"Location": "http://elsewhere.example/"}))

    exchange = recorder.send("GET", URL)

    assert (exchange.status, exchange.header("location")) == (302, "http://elsewhere.example/")
    assert len(respx.calls) == 1


@respx.mock
def test_cookies_of_a_target_are_not_sent_back(recorder: Recorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cookie in ("session=stolen; Path=/", "=;;;\xff", "a=b; expires=nonsense; max-age=x; domain=."):
            respx.get(URL).mock(return_value=httpx.Response(200, headers=[(b"Set-Cookie", cookie.encode("latin-1"))]))
            exchange = recorder.send("GET", URL)
            assert "stolen" not in repr(exchange)

    assert all("cookie" not in call.request.headers for call in respx.calls)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "http://[", "//host/x", "", "/x", "http://", "http://h:99999/", "http://h:x/", "http:// /",
     "http://h/\x00", "http://h/\r\nX: y", "ftp://h/", "http://\ud800/", "http://" + "a" * 300 + "/", "data:,x"],
)  # fmt: skip
def test_a_url_that_is_none_is_a_failure(recorder: Recorder, tmp_path: Path, url: str) -> None:
    exchange = recorder.send("GET", url)

    assert exchange.response is None
    assert exchange.failure
    assert read([tmp_path / "main.jsonl"]) == [exchange]


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\x00b", "日本"])
def test_a_header_cannot_bring_another(recorder: Recorder, serve: Serve, value: str) -> None:
    exchange = recorder.send("GET", serve(OK + b"\r\n"), headers={"X-A": value})

    assert exchange.response is None
    assert exchange.failure


def test_secrets_are_sent_and_never_shown(recorder: Recorder, tmp_path: Path) -> None:
    key, cookie, signature, secret = "0123456789abcdef" * 2, "session=opensesame", "f" * 64, "fedcba9876543210"
    token = recorder.vault.keep(key, "primary")
    jar = recorder.vault.keep(cookie, "primary-cookie")
    signed = recorder.vault.redact(f"{URL}?X-Amz-Signature={signature}")

    with respx.mock:
        route = respx.post(url__startswith=URL).mock(
            return_value=httpx.Response(200, json={"secret": f"whsec_{secret}", "echo": [key, cookie]})
        )
        exchange = recorder.send(
            "POST", signed, headers={"Authorization": f"Bearer gimg_{token}", "Cookie": jar},
            content=json.dumps({"key": token}).encode(),
        )  # fmt: skip
        sent = route.calls.last.request

    assert sent.headers["authorization"] == f"Bearer gimg_{key}"
    assert sent.headers["cookie"] == cookie
    assert str(sent.url).endswith(signature)
    assert json.loads(sent.content) == {"key": key}
    everything = (
        (tmp_path / "main.jsonl").read_text()
        + repr(exchange)
        + repr(recorder)
        + curl_line(exchange.request, {"primary": "GIMG_KEY"})
    )
    for hidden in (key, cookie, "opensesame", signature, secret):
        assert hidden not in everything
    assert exchange.member("echo") == [token, jar]


@respx.mock
def test_a_token_in_an_answer_does_not_reveal_a_key(recorder: Recorder) -> None:
    key = "0123456789abcdef" * 2
    recorder.vault.keep(key, "primary")
    respx.get(URL).mock(return_value=httpx.Response(200, json={"url": f"{URL}/REDACTED-primary"}))
    route = respx.get(f"{URL}/REDACTED-primary").mock(return_value=httpx.Response(200))

    recorder.send("GET", recorder.send("GET", URL).member("url"))

    assert route.call_count == 1


def test_a_failure_does_not_tell_a_secret(recorder: Recorder, serve: Serve) -> None:
    token = recorder.vault.keep("bad\nsecret value", "primary")

    exchange = recorder.send("GET", serve(OK + b"\r\n"), headers={"Authorization": f"Bearer {token}"})

    assert "secret value" not in repr(exchange)


def test_a_body_sent_in_parts_is_remembered(recorder: Recorder, serve: Serve) -> None:
    exchange = recorder.send("POST", serve(OK + b"Content-Length: 0\r\n\r\n"), content=iter([b"ab", b"cd"]))

    assert exchange.request.body == b"abcd"


@respx.mock
def test_what_is_sent_is_known_before_the_answer_repeats_it(recorder: Recorder) -> None:
    credential = "Basic dXNlcjpwYXNzd29yZA=="
    respx.get(URL).mock(return_value=httpx.Response(401, content=b"\xff you sent " + credential.encode()))

    exchange = recorder.send("GET", URL, headers={"Authorization": credential})

    assert exchange.response
    assert exchange.response.body.startswith(b"\xff you sent Basic REDACTED-")
    assert b"dXNlcjpwYXNzd29yZA" not in exchange.response.body


@respx.mock
def test_each_request_bears_an_id_of_its_own_that_stands_in_the_evidence(tmp_path: Path) -> None:
    respx.get(URL).mock(httpx.Response(200))
    journal = Journal(tmp_path / "gw1.jsonl", "gw1")
    recorder = Recorder(journal, Vault("salt"), run="0a1b", wall=lambda: 1.5)
    with closing(journal), closing(recorder):
        found = [recorder.send("GET", URL) for _ in range(2)]
        own = recorder.send("GET", URL, headers={"x-request-id": "of a test"})
        none = recorder.send("GET", URL, named=False)

    sent = [call.request.headers.get_list("x-request-id") for call in respx.calls]
    assert sent == [["gimg-0a1b-1000000"], ["gimg-0a1b-1000001"], ["of a test"], []]
    assert [[exchange.request.header("x-request-id")] for exchange in (*found, own)] == sent[:3]
    assert none.request.header("x-request-id") is None
    assert [exchange.number for exchange in (*found, own, none)] == [1_000_000, 1_000_001, 1_000_002, 1_000_003]
    assert {exchange.started_at for exchange in read([tmp_path / "gw1.jsonl"])} == {"1970-01-01T00:00:01.500Z"}


@respx.mock
def test_numbers_are_given_when_exchanges_begin(recorder: Recorder) -> None:
    respx.get(URL).mock(httpx.Response(200))
    first, second = recorder.capture("GET", URL), recorder.capture("GET", URL)

    assert [recorder.keep(exchange).number for exchange in (second, first)] == [1, 0]
