"""Listening sockets, and a port that can be closed and opened again."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import closing

import anyio
from anyio.abc import TaskGroup

from conformance.errors import ConfigurationError
from conformance.ports import remedy, told

Accept = Callable[[socket.socket], Awaitable[None]]
_BACKLOG = 1024
_HIGHEST_PORT = 65_535
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def parse_address(listen: str) -> tuple[str, int]:
    """The host and port of "127.0.0.1:8443" or "[::1]:0". Raises ConfigurationError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise ConfigurationError(f"{listen!r} is not an address to listen on", "write HOST:PORT, with port 0 for any")
    return host.removeprefix("[").removesuffix("]"), int(port)


def bind(
    host: str, port: int, *, shared: bool = False, option: str = "[webhooks] listen", place: str = ""
) -> socket.socket:
    """A listening socket; `shared` with the socket that reserves its port.

    Raises ConfigurationError: `place` begins it, and `option` is where the address was written.
    """
    try:
        listener = socket.create_server((host, port), family=_family(host), backlog=_BACKLOG, reuse_port=shared)
    except OSError as error:
        raise ConfigurationError(place + told(error, host, port), remedy(error, option)) from error
    listener.setblocking(False)
    return listener


def authority(listener: socket.socket) -> str:
    """Host and port for a URL; the address of all interfaces becomes the loopback address."""
    host, port = listener.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Port:
    """A port of one endpoint. While it is closed, a bound socket that does not listen keeps it from being taken.

    All methods but `dispose` belong to the event loop.
    """

    def __init__(
        self, host: str, *, accept: Accept, group: TaskGroup, place: str = "", number: int = 0
    ) -> None:  # fmt: skip
        """`number`: that of the port, 0 for any; `place`: what stands before it in a URL. Raises OSError when the port
        is taken.
        """
        self._reserved = socket.socket(_family(host), socket.SOCK_STREAM)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            self._reserved.bind((host, number))
        except OSError:
            self._reserved.close()
            raise
        self._accept, self._group = accept, group
        self._open: tuple[anyio.CancelScope, anyio.Event] | None = None
        self.number: int = self._reserved.getsockname()[1]
        self.url = f"{place}:{self.number}"

    def dispose(self) -> None:
        self._reserved.close()

    async def open(self) -> None:
        """Accept connections; no effect when it is open already."""
        if self._open is None:
            host, port = self._reserved.getsockname()[:2]
            self._open = anyio.CancelScope(), anyio.Event()
            self._group.start_soon(self._listen, bind(host, port, shared=True), *self._open)

    async def close(self) -> None:
        """Refuse connections from now on; established ones go on."""
        if self._open is not None:
            scope, closed = self._open
            scope.cancel()
            await closed.wait()
            self._open = None

    async def _listen(self, listener: socket.socket, scope: anyio.CancelScope, closed: anyio.Event) -> None:
        with closing(listener), scope:
            await self._accept(listener)
        closed.set()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
