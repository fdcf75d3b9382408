"""A proxy in front of the receiver that hands requests on, and meddles with them as a test wants it."""

import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, list[tuple[str, str]], bytes]
FRAMING = {"transfer-encoding", "content-length", "connection"}


@dataclass
class Meddling:
    """What is done to what. By default only what every proxy may do: further headers, and names in lower case."""

    body: Callable[[bytes], bytes] = bytes
    header: Callable[[str, str], str | None] = lambda _name, value: value
    path: Callable[[str], str] = str
    answers: int = 0
    """By itself, with this status."""
    repeats: int = 0
    """How often what is answered 503 is sent again."""
    instead: int = 0
    """The status in place of an error."""
    follows: bool = False
    deaf: bool = False
    """It does not notice that a sender hangs up."""
    delay: float = 0.0


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        how = self.server.how
        body = how.body(self._body())
        time.sleep(how.delay)
        if how.answers:
            self._answer(how.answers, [], b"Thank you")
            return
        answer = self._repeated(how.path(self.path), body)
        if answer and how.follows and 300 <= answer[0] < 400:
            location = dict(answer[1])["Location"]
            answer = self._asked("/" + location.split("/", 3)[3], body)
        if answer:
            self._answer(how.instead if how.instead and answer[0] >= 500 else answer[0], *answer[1:])

    def _repeated(self, path: str, body: bytes) -> Answer | None:
        answer = self._asked(path, body)
        for _ in range(self.server.how.repeats):
            if answer and answer[0] == 503:
                answer = self._asked(path, body)
        return answer

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size + 2)[:-2]
        self.rfile.readline()
        return body

    def _asked(self, path: str, body: bytes) -> Answer | None:
        """The receiver's answer; None: the sender hung up before it."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as upstream:
            upstream.request("POST", path, body, self._headers())
            if not self.server.how.deaf and self._hung_up(upstream.sock):
                self.close_connection = True
                return None
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def _headers(self) -> dict[str, str]:
        headers = {"x-forwarded-for": "203.0.113.7", "via": "1.1 proxy"}
        for name, value in self.headers.items():
            kept = self.server.how.header(name.lower(), value)
            if kept is not None and name.lower() not in FRAMING:
                headers[name.lower()] = kept
        return headers

    def _hung_up(self, upstream: socket.socket) -> bool:
        """Waits for an answer, or for the end of the sender's connection."""
        return self.connection in select.select([self.connection, upstream], [], [])[0]

    def _answer(self, status: int, pairs: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in pairs:
            if name.lower() not in FRAMING:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, how: Meddling) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port, self.how = port, how


@contextmanager
def meddling_proxy(port: int, how: Meddling) -> Iterator[str]:
    """The URL of a proxy before this port of this machine."""
    with _Server(port, how) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def written_anew(body: bytes) -> bytes:
    """The same JSON in other bytes."""
    return json.dumps(json.loads(body)).encode()
