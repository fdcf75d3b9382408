"""A TCP connection as a byte stream that can be reset on purpose and asked whether the peer is still there."""

import select
import socket
import struct
from contextlib import suppress

import anyio
from anyio.abc import ByteStream

CHUNK = 65_536
_CLOSED_BY_PEER: int = getattr(select, "POLLRDHUP", select.POLLHUP)


class Connection(ByteStream):
    """One connection. `number` tells connections apart."""

    def __init__(self, raw: socket.socket, number: int) -> None:
        raw.setblocking(False)
        with suppress(OSError):  # the peer may be gone already
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = number
        self._raw = raw

    async def receive(self, max_bytes: int = CHUNK) -> bytes:
        while True:
            await anyio.wait_readable(self._raw)
            try:
                data = self._raw.recv(max_bytes)
            except BlockingIOError:
                continue
            except OSError as error:
                raise anyio.BrokenResourceError from error
            if not data:
                raise anyio.EndOfStream
            return data

    async def send(self, item: bytes) -> None:
        """Send bytes, without yielding to other tasks while the buffer has room."""
        rest = memoryview(item)
        while rest:
            try:
                rest = rest[self._raw.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._raw)
            except OSError as error:
                raise anyio.BrokenResourceError from error

    async def send_eof(self) -> None:
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        self._raw.close()

    def reset(self) -> None:
        """Close with RST instead of FIN (RFC 9293, 3.5.3); what was not transmitted yet is dropped."""
        with suppress(OSError):
            self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._raw.close()

    def peer(self) -> str:
        """The address of the other side; empty when it is gone, or no host."""
        try:
            name = self._raw.getpeername()
        except OSError:
            return ""
        return str(name[0]) if isinstance(name, tuple) else ""

    def hung_up(self) -> bool:
        """Whether the peer's FIN or RST has arrived in the kernel, read or not. Safe in any thread."""
        descriptor = self._raw.fileno()
        if descriptor < 0:
            return True
        poll = select.poll()
        poll.register(descriptor, _CLOSED_BY_PEER)
        return bool(poll.poll(0))
