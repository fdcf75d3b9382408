"""A sender of deliveries that can be as odd as a test needs it, over real sockets."""

import io
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from email.message import Message
from http.client import parse_headers
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from conformance.receiver import Receiver

PATIENCE = 10.0


class Steps:
    """A clock that a test sets."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def payload(generation: str = "g1", **more: Any) -> bytes:
    return json.dumps({"event": "generation.succeeded", "data": {"generationId": generation, **more}}).encode()


def request(url: str, body: bytes = b"{}", *lines: str, method: str = "POST") -> bytes:
    """A request with exactly these header lines, and a Content-Length unless one of them frames the body."""
    parts = urlsplit(url)
    framed = any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines)
    length = [] if framed else [f"Content-Length: {len(body)}"]
    target = parts.path + ("?" + parts.query if parts.query else "")
    head = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", *lines, *length, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


class Answer(NamedTuple):
    status: int
    reason: str
    headers: Message
    body: bytes


class Sender:
    """One connection to a URL."""

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.url = url
        self.socket: socket.socket = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname=parts.hostname)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def post(self, body: bytes = b"{}", *lines: str) -> int:
        """Send a request and return the status of its answer."""
        self.send(request(self.url, body, *lines))
        return self.answer().status

    def answer(self) -> Answer:
        """The next answer, and not one byte more; a chunked body is left to `rest`."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        lines = io.BytesIO(head)
        _, status, reason = lines.readline().decode().rstrip("\r\n").split(" ", 2)
        headers = parse_headers(lines)
        return Answer(int(status), reason, headers, self.read(int(headers["Content-Length"] or 0)))

    def rest(self, received: bytearray | None = None) -> bytes:
        """What still comes until the end of the connection. Raises ConnectionResetError when it was reset."""
        received = bytearray() if received is None else received
        while chunk := self.socket.recv(65536):
            received += chunk
        return bytes(received)

    def read(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            chunk = self.socket.recv(size - len(received))
            assert chunk, received
            received += chunk
        return bytes(received)


def post(url: str, body: bytes = b"{}", *lines: str) -> int:
    """One attempt over a connection of its own: the status of its answer."""
    with Sender(url) as sender:
        return sender.post(body, *lines)


def eventually(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail when it does not within a generous time."""
    limit = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < limit, "it did not come true"
        pause.wait(0.001)


def eventually_refused(receiver: Receiver, counts: Mapping[str, int]) -> None:
    """Return as soon as the receiver has counted just these; what it counted instead is told."""
    limit = time.monotonic() + PATIENCE
    pause = threading.Event()
    while receiver.refusals != counts:
        assert time.monotonic() < limit, f"refusals {dict(receiver.refusals)} where {dict(counts)} were expected"
        pause.wait(0.001)
