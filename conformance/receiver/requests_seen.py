"""Where one request ends and the next begins in the bytes of a connection, without touching one of them."""

from collections.abc import Iterator
from typing import NamedTuple

import h11

from conformance.limits import DELIVERY_HEADER_BYTES


class Part(NamedTuple):
    """Bytes of one request, as they came. `request` is its head, with the first part alone."""

    raw: bytes
    request: h11.Request | None = None


class NotHttp(Exception):  # noqa: N818 - an outcome
    """No request begins so."""


class RequestsSeen:
    """Follows one direction of a connection. What stops to be HTTP within a request belongs to it to the end."""

    def __init__(self) -> None:
        self._http: h11.Connection | None = _fresh()
        self._head = b""
        self._begun = False

    @property
    def waiting(self) -> bool:
        """Whether the head of a request has begun and is not whole."""
        return bool(self._head)

    def feed(self, raw: bytes) -> Iterator[Part]:
        """The parts of what has come. The head of a request is kept back until it is whole. Raises NotHttp."""
        while raw and self._http is not None:
            ended, request, rest = self._follow(raw)
            own, raw = raw[: len(raw) - len(rest)], rest
            if request or self._begun:
                yield Part(self._head + own, request)
                self._head, self._begun = b"", True
            else:
                self._head += own
            if ended:
                self._http, self._begun = _fresh(), False
        if raw:
            yield Part(raw)

    def _follow(self, raw: bytes) -> tuple[bool, h11.Request | None, bytes]:
        """Whether a request ends here, the head of one that begins, and what is left."""
        assert self._http is not None  # noqa: S101 - its caller has looked
        self._http.receive_data(raw)
        request: h11.Request | None = None
        try:
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.EndOfMessage):
                    return True, request, self._http.trailing_data[0]
                elif event is h11.PAUSED:
                    break
        except h11.RemoteProtocolError as error:
            if not (request or self._begun):
                raise NotHttp from error
            self._http = None
        return False, request, b""


def _fresh() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=DELIVERY_HEADER_BYTES)
