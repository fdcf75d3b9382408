"""An endpoint of a customer, which answers as it is told."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Post:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver(ThreadingHTTPServer):
    """`answer` is called for each post with its number, from 0, and gives a status or one of the words below.

    stall: nothing until the sender gives up; reset: closes at once; held: 200 after `release` is set;
    endless: a 200 whose body is never complete; redirect: 307 to `/elsewhere`.
    """

    daemon_threads = True

    def __init__(self, now: Callable[[], float], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.now = now
        self.posts: list[Post] = []
        self.answer: Callable[[int], int | str] = lambda _: 200
        self.release = threading.Event()
        self.arrived = threading.Semaphore(0)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class Answering(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(Post(self.path, dict(self.headers.items()), body, self.server.now()))
        number = len(self.server.posts) - 1
        self.server.arrived.release()
        self.respond(self.server.answer(number))

    def respond(self, answer: int | str) -> None:
        match answer:
            case int():
                self.head(answer)
            case "stall":
                self.rfile.read(1)
            case "held":
                self.server.release.wait(5)
                self.head(200)
            case "endless":
                self.head(200, ("Content-Length", "10"))
                self.wfile.write(b"1")
                self.rfile.read(1)
            case "redirect":
                self.head(307, ("Location", "/elsewhere"))

    def head(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
