"""Sends one request, captures what happened, redacts it, and writes it into the journal."""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from conformance.client.journal import Journal
from conformance.evidence import Exchange, Request, Response, Vault

CURRENT_TEST: ContextVar[str] = ContextVar("current_test", default="")
"""The node id of the test that is running; copied into the threads it starts."""

MOST_BYTES = 64 * 1024 * 1024
RESPONSE_SECONDS = 30.0
KEPT_SECONDS = 1.0
"""An idle connection is used no later than this: servers end theirs after 2 s or 5 s, and a request may cross that."""


@cache
def ssl_context() -> ssl.SSLContext:
    """One for all clients: loading the certificate store takes a quarter of a second."""
    return httpx.create_ssl_context()


@dataclass
class Recorder:
    """The only place that sends requests. What it returns holds tokens for secrets; what it sends, the secrets."""

    journal: Journal
    vault: Vault
    clock: Callable[[], float | None] = lambda: None
    monotonic: Callable[[], float] = time.monotonic
    transport: httpx.BaseTransport | None = None
    response_seconds: float = RESPONSE_SECONDS
    most_bytes: int = MOST_BYTES
    """A longer body is cut off."""
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=KEPT_SECONDS)
        self._client = httpx.Client(
            verify=ssl_context(),
            limits=limits,
            transport=self.transport,
            timeout=self.response_seconds,
            follow_redirects=False,
            # A cookie that a target sets must not turn a request without credentials into one with them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": "gimg-conformance"},
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] = b"",
        account: str = "",
        operation: str = "",
        probe: str = "",
        asked_for_429: bool = False,
        tags: tuple[str, ...] = (),
    ) -> Exchange:
        """One exchange. A request that got no complete response has `failure` set; nothing is raised for it."""
        sent = {k: self.vault.reveal(v) for k, v in (headers or {}).items()}
        self._redacted(sent.items())  # now, so that what is sent is known when the answer repeats it
        real_url, clock = self.vault.reveal(url), self.clock()
        started = self.monotonic()
        response, failure, body = self._exchange(method, real_url, sent, self._revealed(content))
        ended = self.monotonic()
        exchange = Exchange(
            request=Request(
                method, self.vault.redact(real_url), self._redacted(sent.items()), self.vault.redact_bytes(body)
            ),
            response=response, failure=self.vault.redact(failure), started=started, ended=ended, account=account,
            operation=operation, test=CURRENT_TEST.get(), probe=probe, clock=clock, asked_for_429=asked_for_429,
            tags=tags,
        )  # fmt: skip
        return self.journal.append(exchange)

    def close(self) -> None:
        self._client.close()

    def _exchange(
        self, method: str, url: str, headers: dict[str, str], content: bytes | Iterable[bytes]
    ) -> tuple[Response | None, str, bytes]:
        sent = _Sent(content)
        try:
            given_up = self.monotonic() + self.response_seconds
            raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
            with self._client.stream(method, url, headers=raw, content=sent.content) as answer:
                body, failure = self._body(answer, given_up)
                pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw]
                response = Response(answer.status_code, self._redacted(pairs), self.vault.redact_bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            return None, _told(error), sent.so_far
        return response, failure, sent.so_far

    def _body(self, answer: httpx.Response, given_up: float) -> tuple[bytes, str]:
        received, size = [], 0
        try:
            for chunk in answer.iter_bytes():
                received.append(chunk)
                size += len(chunk)
                if size > self.most_bytes:
                    return b"".join(received)[: self.most_bytes], f"the body is longer than {self.most_bytes} bytes"
                if self.monotonic() > given_up:
                    return b"".join(received), f"the body was not complete after {self.response_seconds:g} s"
        except httpx.HTTPError as error:
            return b"".join(received), f"the body broke off: {_told(error)}"
        return b"".join(received), ""

    def _redacted(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.vault.redact_header(name, value)) for name, value in headers)

    def _revealed(self, content: bytes | Iterable[bytes]) -> bytes | Iterable[bytes]:
        if not isinstance(content, bytes) or b"REDACTED-" not in content:
            return content
        try:
            return self.vault.reveal(content.decode()).encode()
        except UnicodeError:
            return content


class _Sent:
    """Remembers what a generator of bytes yielded."""

    def __init__(self, content: bytes | Iterable[bytes]) -> None:
        self._parts: list[bytes] = [content] if isinstance(content, bytes) else []
        self.content = content if isinstance(content, bytes) else self._remembered(content)

    @property
    def so_far(self) -> bytes:
        return b"".join(self._parts)

    def _remembered(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for part in content:
            self._parts.append(part)
            yield part


def _told(error: Exception) -> str:
    kinds = {
        httpx.ConnectTimeout: "no connection in time",
        httpx.ConnectError: "connection refused or impossible",
        httpx.ReadTimeout: "no answer in time",
        httpx.RemoteProtocolError: "the answer is not HTTP, or broke off",
        httpx.ReadError: "the connection broke",
    }
    words = next((words for kind, words in kinds.items() if isinstance(error, kind)), type(error).__name__)
    return f"{words}: {error}" if str(error) else words
