"""An HTTP proxy that notes what it is asked, and may want credentials."""

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Asked:
    """What a proxy at `url` was asked: `lines` are method and address, `headers` those of requests in the clear."""

    url: str = ""
    lines: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def _handler(asked: Asked, login: str) -> type[BaseHTTPRequestHandler]:
    wanted = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None

    class Proxy(BaseHTTPRequestHandler):
        def _let_in(self) -> bool:
            asked.lines.append(f"{self.command} {self.path}")
            if self.headers.get("proxy-authorization") == wanted:
                return True
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def do_CONNECT(self) -> None:
            if not self._let_in():
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                self.connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
                back.start()
                _pump(self.connection, far)
                back.join()
            self.close_connection = True

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if not self._let_in():
                return
            asked.headers.append(dict(self.headers))
            parts = urlsplit(self.path)
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
            kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(self.command, path, body or None, kept)
            answer = connection.getresponse()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.read())
            connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do  # noqa: N815 - as above

        def log_message(self, *_: object) -> None:
            pass

    return Proxy


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def forward_proxy(login: str = "") -> Iterator[Asked]:
    """A proxy; `login` is the "user:password" that it wants."""
    asked = Asked()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(asked, login)) as server:
        asked.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield asked
        server.shutdown()
