"""One deadline and one measure for a whole exchange, whatever piece of it the peer drags out.

httpx has a timeout for each read, so that a peer which sends a byte a second is waited for without end. Below it, every
read and write of an exchange asks the exchange's meter how much is left.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpcore

from conformance import limits

_PIECE = 65_536
"""Bytes that are written before the deadline is looked at again."""


@dataclass
class Meter:
    """What one exchange may still take. `exceeded` says which limit it ran into, in words; empty: none."""

    seconds: float = limits.EXCHANGE_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    exceeded: str = ""
    answered: bool = False
    """Some byte of an answer has come."""
    _deadline: float = field(init=False)
    _head: int = 0
    _interim: int = 0
    _in_head: bool = True

    def __post_init__(self) -> None:
        self._deadline = self.monotonic() + self.seconds

    @property
    def cut_off(self) -> bool:
        """Whether a limit of ours ended an exchange that was under way. Silence is the peer's."""
        return bool(self.exceeded) and self.answered

    def left(self) -> float:
        """Seconds until the deadline. Raises httpcore.ReadTimeout when it has passed."""
        found = self._deadline - self.monotonic()
        if found <= 0:
            self.late()
        return found

    def late(self) -> None:
        """Raises httpcore.ReadTimeout: the deadline has passed."""
        what = "the answer was" if self._in_head else "the body was"
        late = f"{what} not complete after {self.seconds:g} s"
        self._exceed(late if self.answered else f"no answer in time ({self.seconds:g} s)", httpcore.ReadTimeout)

    def head_is_over(self, size: int = 0) -> None:
        """What is read from now on belongs to the body, which its reader measures; `size` bytes of headers came."""
        self.answered, self._in_head = True, False
        if size > limits.HEADER_BYTES:
            self.exceeded = f"more than {limits.HEADER_BYTES} bytes of headers"

    def count(self, read: bytes) -> None:
        """Raises httpcore.RemoteProtocolError when what comes before a body grows beyond its limit."""
        self.answered |= bool(read)
        if not self._in_head:
            return
        self._head += len(read)
        self._interim += read.count(b"HTTP/1.1 1")
        if self._interim > limits.INTERIM_RESPONSES:
            self._exceed(f"more than {limits.INTERIM_RESPONSES} interim responses", httpcore.RemoteProtocolError)
        if self._head > limits.HEADER_BYTES + _PIECE:  # a read may have brought the beginning of the body
            self._exceed(f"more than {limits.HEADER_BYTES} bytes of headers", httpcore.RemoteProtocolError)

    def _exceed(self, what: str, error: type[Exception]) -> None:
        self.exceeded = what
        raise error(what)


_CURRENT: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def measured(meter: Meter) -> Iterator[Meter]:
    """Meanwhile all that this thread reads and writes is measured by this meter."""
    token = _CURRENT.set(meter)
    try:
        yield meter
    finally:
        _CURRENT.reset(token)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        meter = _CURRENT.get()
        if meter is None:
            return self._inner.read(max_bytes, timeout)
        left = meter.left()
        try:
            read = self._inner.read(max_bytes, left)
        except httpcore.ReadTimeout:
            meter.late()
            raise
        meter.count(read)
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        meter = _CURRENT.get()
        for begin in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[begin : begin + _PIECE], meter.left() if meter else timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> "_Stream":
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _seconds(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class MeasuredBackend(httpcore.NetworkBackend):
    """Connections of which every read and write asks the current meter."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> _Stream:  # fmt: skip
        return _Stream(self._inner.connect_tcp(host, port, _seconds(timeout), local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


def _seconds(timeout: float | None) -> float | None:
    meter = _CURRENT.get()
    return meter.left() if meter else timeout
