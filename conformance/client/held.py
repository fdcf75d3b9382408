"""A call that is held open: everything is sent but the last byte of its body, and an early answer is noticed.

httpx reads no response before the request is complete, so this one layer speaks HTTP with the standard library.
"""

import http.client
import select
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from conformance.client.recorder import CURRENT_TEST, Recorder, ssl_context
from conformance.evidence import Exchange, Request, Response

TROUBLE = (OSError, http.client.HTTPException)


class HeldCall:
    """One POST with an explicit Content-Length. `open`, then `finish` or `break_off`, each once."""

    def __init__(
        self, recorder: Recorder, url: str, headers: Mapping[str, str], body: bytes, *, account: str, operation: str,
        probe: str,
    ) -> None:  # fmt: skip
        self._recorder, self._url, self._body = recorder, url, body
        self._headers = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
        self._account, self._operation, self._probe = account, operation, probe
        self._failure = ""
        self._started = 0.0
        self._clock: float | None = None
        parts = urlsplit(url)
        seconds, port = recorder.response_seconds, parts.port
        host = parts.hostname or ""
        self._path = parts.path
        self._connection = (
            http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl_context())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=seconds)
        )

    def open(self) -> "HeldCall":
        """Connect and send all but the last byte."""
        self._clock, self._started = self._recorder.clock(), self._recorder.monotonic()
        try:
            self._connection.putrequest("POST", self._path, skip_accept_encoding=True)
            for name, value in self._headers.items():
                self._connection.putheader(name, self._recorder.vault.reveal(value))
            self._connection.endheaders(self._body[:-1])
        except TROUBLE as error:
            self._failure = f"{type(error).__name__}: {error}"
        return self

    @property
    def socket(self) -> socket.socket | None:
        return self._connection.sock

    def finish(self) -> Exchange:
        """Send the last byte and read the answer."""
        response = None
        if not self._failure:
            try:
                with suppress(OSError):  # refused early and closed: the answer may be there all the same
                    self._connection.send(self._body[-1:])
                answer = self._connection.getresponse()
                response = (answer.status, answer.getheaders(), answer.read())
            except TROUBLE as error:
                self._failure = f"{type(error).__name__}: {error}"
        self._connection.close()
        return self._recorded(response)

    def break_off(self) -> Exchange:
        """Close the connection in the middle of the body."""
        self._connection.close()
        self._failure = self._failure or "broken off by the suite"
        return self._recorded(None)

    def _recorded(self, answer: tuple[int, list[tuple[str, str]], bytes] | None) -> Exchange:
        vault = self._recorder.vault
        response = answer and Response(
            answer[0],
            tuple((name, vault.redact_header(name, value)) for name, value in answer[1]),
            vault.redact_bytes(answer[2]),
        )
        headers = tuple((name, vault.redact_header(name, value)) for name, value in self._headers.items())
        return self._recorder.journal.append(
            Exchange(
                request=Request("POST", self._url, headers, vault.redact_bytes(self._body)),
                response=response,
                failure=self._failure,
                started=self._started,
                ended=self._recorder.monotonic(),
                account=self._account,
                operation=self._operation,
                test=CURRENT_TEST.get(),
                probe=self._probe,
                clock=self._clock,
                asked_for_429=True,
                tags=("held",),
            )
        )


def answered_early(calls: Sequence[HeldCall], seconds: float) -> bool:
    """Whether any of the calls was answered before its body was complete; waits so many real seconds at most."""
    sockets = [call.socket for call in calls if call.socket is not None]
    return bool(sockets and select.select(sockets, [], [], seconds)[0])
