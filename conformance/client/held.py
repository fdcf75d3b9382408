"""A call that is held open: everything is sent but the last byte of its body, and an early answer is noticed.

httpx reads no response before the request is complete, so this one layer speaks HTTP with the standard library.
"""

import http.client
import io
import select
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit

import httpcore

from conformance.client.current import at_work
from conformance.client.meter import Meter
from conformance.client.recorder import Recorder
from conformance.client.remaining import Remaining
from conformance.client.transports import ssl_context
from conformance.errors import NotTested
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.exchange import INTERRUPTED, utc
from conformance.target.network import proxy_authorization

TROUBLE = (OSError, http.client.HTTPException, httpcore.ReadTimeout, httpcore.RemoteProtocolError)
_PORTS = {"http": 80, "https": 443}
Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""


class _Ear(io.RawIOBase):
    """Hears whether an answer has begun, and gives it whole to whoever reads it then.

    That bytes have arrived is no proof: under TLS the server's session tickets arrive without any answer.
    """

    def __init__(self, connected: socket.socket, meter: Meter) -> None:
        self.socket, self.meter = connected, meter
        self.closed_by_the_server = False
        self._heard = b""

    def hears(self) -> bool:
        """Whether an answer has begun; does not wait."""
        patience = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            heard = self.socket.recv(65536)
            self.closed_by_the_server |= not heard
            self._heard += heard
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.closed_by_the_server = True
        finally:
            self.socket.settimeout(patience)
        return bool(self._heard)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._heard:
            self.socket.settimeout(self.meter.left())
            count = self.socket.recv_into(buffer)
            self.meter.count(bytes(buffer[:count]))
            return count
        count = min(len(buffer), len(self._heard))
        buffer[:count], self._heard = self._heard[:count], self._heard[count:]
        return count


class HeldCall:
    """One request with an explicit Content-Length, by default a POST; its headers go out as they are, blanks included.

    `open`, then `complete` and `finish`, or `break_off`, each once. It is counted in `remaining`, and sent whatever is
    left there.
    """

    def __init__(
        self, recorder: Recorder, url: str, headers: Mapping[str, str], body: bytes, *, account: str, operation: str,
        probe: str, tags: tuple[str, ...] = (), method: str = "POST", remaining: Remaining | None = None,
    ) -> None:  # fmt: skip
        self._remaining = remaining if account else None
        self._recorder, self._url, self._body, self._method = recorder, url, body, method
        self._number, self._place = recorder.journal.next_number(), 0
        framed = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
        self._headers = recorder.with_id(framed, self._number)
        self._further = recorder.further.of(url)
        self._account, self._operation, self._probe, self._tags = account, operation, probe, ("held", *tags)
        self._failure, self._limit = "", False
        self._ear: _Ear | None = None
        self._started, self._started_at = 0.0, ""
        self._clock: float | None = None
        self._connection, self._path, self._for_the_proxy = _connection(recorder, url)

    def open(self) -> "HeldCall":
        """Connect and send all but the last byte."""
        self._recorder.deadline.check()
        self._place = self._remaining.take(self._account, whatever=True) if self._remaining else 0
        self._clock, self._started = self._recorder.clock(), self._recorder.monotonic()
        self._started_at = utc(self._recorder.wall())
        self._recorder.journal.begin(self._begun())
        try:
            self._connection.putrequest(self._method, self._path, skip_accept_encoding=True)
            for name, value in (self._for_the_proxy | self._further.real | self._headers).items():
                self._connection.putheader(name, self._recorder.reveal(value))
            self._connection.endheaders(self._body[:-1])
            self._ear = _Ear(self._connection.sock, self._meter())
        except TROUBLE as error:
            self._failure = f"{type(error).__name__}: {error}"
        return self

    @property
    def ear(self) -> _Ear | None:
        """None when the call could not be sent."""
        return self._ear

    def complete(self) -> None:
        """Send the last byte, unless an answer is there already."""
        if self._ear is not None and not self._ear.hears():
            with suppress(OSError):  # refused and closed meanwhile: the answer may be there all the same
                self._connection.send(self._body[-1:])

    def finish(self) -> Exchange:
        """Read the answer of a call that was completed."""
        response = None
        if self._ear is not None:
            meter = self._ear.meter = self._meter()
            try:
                response = self._answer(self._ear)
            except TROUBLE as error:
                self._failure = meter.exceeded or f"{type(error).__name__}: {error}"
            self._limit = meter.cut_off
        self._connection.close()
        return self._recorded(response)

    def _meter(self) -> Meter:
        seconds = min(self._recorder.patience.seconds, self._recorder.deadline.left())
        return Meter(seconds, self._recorder.monotonic)

    def _answer(self, ear: _Ear) -> Answer:
        answer = http.client.HTTPResponse(cast("socket.socket", ear), method=self._method)
        answer.begin()
        ear.meter.head_is_over()
        most = self._recorder.patience.body_bytes
        body = answer.read(most + 1)
        if len(body) > most:
            ear.meter.exceeded = self._failure = f"the body is longer than {most} bytes"
        return answer.status, answer.getheaders(), body[:most]

    def break_off(self) -> Exchange:
        """Close the connection in the middle of the body."""
        self._connection.close()
        self._failure = self._failure or "broken off by the suite"
        return self._recorded(None)

    def _recorded(self, answer: Answer | None) -> Exchange:
        vault = self._recorder.vault
        response = answer and Response(
            answer[0],
            tuple((name, vault.redact_header(name, value)) for name, value in answer[1]),
            vault.redact_bytes(answer[2]),
        )
        begun, failure = self._begun(), vault.redact(self._failure)
        ended = self._recorder.monotonic()
        exchange = replace(begun, response=response, failure=failure, ended=ended, limit=self._limit)
        if self._remaining:
            self._remaining.see(self._account, self._place, exchange)
        return self._recorder.keep(exchange)

    def _begun(self) -> Exchange:
        """The exchange without its end."""
        vault = self._recorder.vault
        sent = ((name, vault.reveal(value)) for name, value in self._headers.items())
        headers = (*self._further.shown, *((name, vault.redact_header(name, value)) for name, value in sent))
        return Exchange(
            request=Request(self._method, self._url, headers, vault.redact_bytes(self._body)),
            response=None,
            failure=INTERRUPTED,
            started=self._started,
            ended=self._started,
            account=self._account,
            operation=self._operation,
            scenario=at_work(),
            probe=self._probe,
            clock=self._clock,
            expects_429=True,
            tags=self._tags,
            number=self._number,
            started_at=self._started_at,
        )


def _connection(recorder: Recorder, url: str) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
    """A connection, the target of the request on it, and headers that only the proxy reads.

    Raises NotTested for a proxy that would have to be asked over TLS for a connection with TLS.
    """
    parts, proxy = urlsplit(url), urlsplit(recorder.network.proxy_for(url))
    secured = parts.scheme == "https"
    if secured and proxy.scheme == "https":
        raise NotTested("needs a proxy that takes http:// itself", "give --proxy http://host:port")
    scheme, host, port = (proxy if proxy.hostname else parts).scheme, parts.hostname or "", parts.port
    how: dict[str, Any] = {"timeout": recorder.patience.seconds}
    how |= {"context": ssl_context(recorder.network.ca)} if secured or scheme == "https" else {}
    kind = http.client.HTTPSConnection if "context" in how else http.client.HTTPConnection
    if not proxy.hostname:
        return kind(host, port, **how), parts.path, {}
    authorization = proxy_authorization(recorder.network.proxy_for(url))
    connection = kind(proxy.hostname, proxy.port or _PORTS[proxy.scheme], **how)
    if not secured:
        return connection, url, authorization
    connection.set_tunnel(host, port or _PORTS["https"], authorization)
    return connection, parts.path, {}


def answered_early(calls: Sequence[HeldCall], seconds: float) -> bool:
    """Whether any of the calls was answered before its body was complete; waits so many real seconds at most."""
    ears = [call.ear for call in calls if call.ear is not None]
    until = monotonic() + seconds
    while True:
        if any(ear.hears() for ear in ears):
            return True
        ears = [ear for ear in ears if not ear.closed_by_the_server]
        left = until - monotonic()
        if not ears or left <= 0:
            return False
        select.select([ear.socket for ear in ears], [], [], left)
