"""Requests by way of a proxy, with authorities of one's own and further headers: who gets what, and what is shown."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import trustme

from conformance.client import Journal, Recorder
from conformance.client.clock_control import Control
from conformance.client.held import HeldCall
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Vault
from conformance.limits import EXCHANGE_SECONDS, FILE_SECONDS, HURRIED_SECONDS
from conformance.target.network import Network, network
from tests.client.forward_proxy import forward_proxy

LOGIN = "user:correct-horse-42"
VALUE = "Zq7-hidden-value-91"


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that came."""

    protocol_version = "HTTP/1.1"

    def do(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do  # noqa: N815 - the names that the base class calls

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def echo(authority: trustme.CA | None = None) -> Iterator[str]:
    """Its base URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        if authority:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"{'https' if authority else 'http'}://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def open_ones() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def recorder(open_ones: ExitStack, folder: Path, way: Network, origin: str = "") -> Recorder:
    journal = open_ones.enter_context(closing(Journal(folder / "main.jsonl")))
    return open_ones.enter_context(closing(Recorder(journal, Vault("salt"), network=way, origin=origin)))


def held(one: Recorder, url: str) -> HeldCall:
    return HeldCall(one, url + "/held", {"X-Own": "1"}, b"{}", account="primary", operation="upload", probe="p").open()


def finished(call: HeldCall) -> int:
    call.complete()
    return call.finish().status


@pytest.fixture(params=[False, True], ids=["http", "https"])
def secured(request: pytest.FixtureRequest, tmp_path: Path) -> trustme.CA | None:
    if not request.param:
        return None
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


def test_a_proxy_carries_requests_and_held_calls(
    open_ones: ExitStack, tmp_path: Path, secured: trustme.CA | None
) -> None:
    url = open_ones.enter_context(echo(secured))
    asked = open_ones.enter_context(forward_proxy(LOGIN))
    ca = str(tmp_path / "ca.pem") if secured else ""
    one = recorder(open_ones, tmp_path, network(ca=ca, proxy=asked.url.replace("://", f"://{LOGIN}@")))

    sent = one.send("GET", f"{url}/a?b=1")
    assert (sent.status, sent.failure) == (200, "")
    assert finished(held(one, url)) == 200
    assert b"proxy-authorization" not in sent.response.body.lower() if sent.response else False
    host = url.partition("://")[2]
    assert asked.lines == ([f"CONNECT {host}"] * 2 if secured else [f"GET {url}/a?b=1", f"POST {url}/held"])


def test_a_request_may_leave_the_proxy_out(open_ones: ExitStack, tmp_path: Path) -> None:
    url, asked = open_ones.enter_context(echo()), open_ones.enter_context(forward_proxy())
    one = recorder(open_ones, tmp_path, network(proxy=asked.url))

    assert one.send("GET", url, directly=True).status == 200
    assert asked.lines == []


def test_a_proxy_that_refuses_is_not_taken_for_the_target(
    open_ones: ExitStack, tmp_path: Path, secured: trustme.CA | None
) -> None:
    url, asked = open_ones.enter_context(echo(secured)), open_ones.enter_context(forward_proxy(LOGIN))
    one = recorder(open_ones, tmp_path, network(proxy=asked.url.replace("://", "://user:wrong-horse-42@")))

    sent = one.send("GET", url)
    assert sent.response is None
    assert sent.failure.startswith("connection failed, the proxy refuses: 407 ")
    assert sent.failure.endswith(f"(by way of the proxy {asked.url})")


def test_a_proxy_that_is_not_there_is_named(open_ones: ExitStack, tmp_path: Path) -> None:
    with forward_proxy() as asked:
        gone = asked.url
    one = recorder(open_ones, tmp_path, network(proxy=gone))

    assert one.send("GET", "http://127.0.0.1:1/").failure == f"connection refused (by way of the proxy {gone})"


def test_tls_within_tls_is_not_tried_for_a_held_call(open_ones: ExitStack, tmp_path: Path) -> None:
    one = recorder(open_ones, tmp_path, network(proxy="https://proxy:3128"))

    with pytest.raises(NotTested, match="needs a proxy that takes http"):
        held(one, "https://h")


def test_an_unknown_authority_is_refused(open_ones: ExitStack, tmp_path: Path) -> None:
    url = open_ones.enter_context(echo(trustme.CA()))

    assert "CERTIFICATE_VERIFY_FAILED" in recorder(open_ones, tmp_path, network()).send("GET", url).failure


def test_further_headers_go_to_the_target_alone_and_are_not_shown(open_ones: ExitStack, tmp_path: Path) -> None:
    url, elsewhere = open_ones.enter_context(echo()), open_ones.enter_context(echo())
    one = recorder(open_ones, tmp_path, network(headers=[f"X-Access: Bearer {VALUE}", "X-Env: prod"]), url)

    sent, other = one.send("GET", url, headers={"X-Own": "1"}), one.send("GET", elsewhere)
    assert finished(held(one, url)) == 200
    assert ("X-Access", "REDACTED-header-x-access") in sent.request.headers
    assert ("X-Env", "REDACTED-header-x-env") in sent.request.headers
    assert sent.response
    assert b"X-Access: REDACTED-header-x-access\n" in sent.response.body
    assert b"X-Env: prod\n" in sent.response.body
    assert other.response
    assert b"X-Access" not in other.response.body
    assert [name for name, _ in other.request.headers if name.startswith("X-A")] == []
    one.journal.close()
    assert VALUE not in (tmp_path / "main.jsonl").read_text()


@pytest.mark.parametrize("trick", ["https://{}", "http://{}@127.0.0.1:1", "http://127.0.0.1:1/{}", "//{}", "http://[x"])
def test_what_only_looks_like_the_target_gets_no_further_header(
    open_ones: ExitStack, tmp_path: Path, trick: str
) -> None:
    target = "127.0.0.1:8080"
    one = recorder(open_ones, tmp_path, network(headers=[f"X-A: {VALUE}"]), f"http://{target}")

    assert one.further.of(trick.format(target)).real == {}
    assert one.further.of(f"HTTP://{target}/x?y").real == {"X-A": VALUE}


def test_the_test_clock_is_asked_the_same_way(open_ones: ExitStack) -> None:
    url, asked = open_ones.enter_context(echo()), open_ones.enter_context(forward_proxy())
    control = Control(f"{url}/clock", network=network(proxy=asked.url, headers=[f"X-A: {VALUE}"]))
    with closing(control), pytest.raises(Exception, match="no test clock"):
        control("GET", None)

    assert asked.lines == [f"GET {url}/clock"]
    assert asked.headers[0]["X-A"] == VALUE


def test_the_time_of_an_exchange_holds_for_the_test_clock(open_ones: ExitStack) -> None:
    silent = open_ones.enter_context(socket.create_server(("127.0.0.1", 0)))
    with closing(Control(f"http://127.0.0.1:{silent.getsockname()[1]}/clock", network=Network(0.02))) as control:
        with pytest.raises(Inconclusive, match=r"GET \S+: no answer in time \(0.02 s\)\)"):
            control("GET", None)
        with pytest.raises(Inconclusive, match=r"\(0.04 s\)"):  # while it is moved, the target does what falls due
            control("POST", {"advance": 1})


def test_a_longer_time_is_granted_to_files_and_to_hurried_exchanges_as_well(
    open_ones: ExitStack, tmp_path: Path
) -> None:
    slow = recorder(open_ones, tmp_path, network(EXCHANGE_SECONDS * 3))

    assert slow.patience.seconds == EXCHANGE_SECONDS * 3
    assert slow._patience(file=True, hurried=False).seconds == FILE_SECONDS * 3
    assert slow._patience(file=False, hurried=True).seconds == HURRIED_SECONDS * 3
