"""Sends one request, captures what happened, redacts it, and writes it into the journal."""

import hashlib
import math
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from conformance import limits
from conformance.client.current import at_work
from conformance.client.deadline import Deadline
from conformance.client.decoded import CODINGS, BrokenCodingError, Decoder
from conformance.client.failures import told
from conformance.client.further import Further
from conformance.client.journal import Journal
from conformance.client.lost import LostError
from conformance.client.meter import Meter, measured
from conformance.client.transports import DIRECTLY, Transports
from conformance.evidence import Exchange, File, Request, Response, Vault
from conformance.evidence.exchange import INTERRUPTED, REQUEST_ID, request_id, utc
from conformance.evidence.images import beginnings, look_at
from conformance.target.network import Network, address

KEPT_SECONDS = 1.0
"""An idle connection is used no later than this: servers end theirs after 2 s or 5 s, and a request may cross that."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What one exchange may take: real seconds for all of it, and bytes of its body."""

    seconds: float
    body_bytes: int


API = Patience(limits.EXCHANGE_SECONDS, limits.BODY_BYTES)
FILE = Patience(limits.FILE_SECONDS, limits.FILE_BYTES)
PROXY_AUTHENTICATION_REQUIRED = 407
"""What a proxy answers in place of the target."""


@dataclass
class Recorder:
    """The only place that sends requests. What it returns holds tokens for secrets; what it sends, the secrets."""

    journal: Journal
    vault: Vault
    clock: Callable[[], float | None] = lambda: None
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    """Epoch seconds of this machine."""
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    """Random, the same for all processes of a run: what its request ids begin with."""
    transport: httpx.BaseTransport | None = None
    patience: Patience = API
    """For an exchange with the API where the network grants the usual seconds; files have their own."""
    deadline: Deadline = field(default_factory=Deadline)
    """Of the whole run."""
    network: Network = field(default_factory=Network)
    origin: str = ""
    """Scheme, host and port of the target: requests there bear the network's further headers."""
    resumed: bool = False
    """Some of what is at hand was found, with the tokens of secrets that are lost: those are not sent."""
    on_tls: Callable[[Any], None] | None = None
    """Is shown the `ssl` object of each connection that has one, once an answer has begun there."""
    further: Further = field(init=False)
    _client: httpx.Client = field(init=False)
    _files: dict[str, File] = field(default_factory=dict)
    """Each entry is set once, and the same whoever sets it."""

    def __post_init__(self) -> None:
        slower = self.network.seconds / limits.EXCHANGE_SECONDS
        self.patience = replace(self.patience, seconds=self.patience.seconds * slower)
        self.further = Further(self.network, self.origin, self.vault)
        pool = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=KEPT_SECONDS)
        self._client = httpx.Client(
            transport=self.transport or Transports(self.network, pool),
            timeout=self.patience.seconds,
            follow_redirects=False,
            # A cookie that a target sets must not turn a request without credentials into one with them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": "gimg-conformance", "accept-encoding": CODINGS},
        )

    def send(self, method: str, url: str, **options: Any) -> Exchange:
        """One exchange, recorded; see `capture`."""
        return self.keep(self.capture(method, url, **options))

    def keep(self, exchange: Exchange) -> Exchange:
        """The exchange as it stands in the journal. Raises TimeIsOver where the end of the run's time cut it off."""
        kept = self.journal.append(exchange)
        if kept.failure:
            self.deadline.check()
        return kept

    def capture(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] = b"",
        account: str = "",
        operation: str = "",
        probe: str = "",
        expects_429: bool = False,
        tags: tuple[str, ...] = (),
        file: bool = False,
        hurried: bool = False,
        named: bool = True,
        tidying: bool = False,
        directly: bool = False,
        within: float = math.inf,
    ) -> Exchange:
        """One exchange, noted as begun but not recorded yet: whoever has it must `keep` it.

        One without a complete response has `failure` set; nothing is raised for it.

        Raises LostError, and sends nothing, where a secret that belongs into the request is lost, and TimeIsOver
        where the time of the run is over; who is `tidying` has some more.
        `file`: what comes back may be an image. It is looked at and discarded. `hurried`: it is waited for less long.
        `named`: the request bears an id of its own, unless `headers` have one. `directly`: no proxy is asked.
        `within`: real seconds that it may take at most.
        """
        self.deadline.check(tidying=tidying)
        real_url, sent = self.reveal(url), {k: self.reveal(v) for k, v in (headers or {}).items()}
        number = self.journal.next_number()
        sent = self.with_id(sent, number) if named else sent
        clock = self.clock()
        further = self.further.of(real_url, sent)
        call = _Call(
            method, real_url, {**further.real, **sent}, _Sent(self._revealed(content)),
            self._patience(file, hurried, tidying, within), file,
            "" if directly else self.network.proxy_for(real_url),
        )  # fmt: skip
        # Redacted now, so that what is sent is known when the answer repeats it.
        request = Request(
            method, self.vault.redact(real_url), (*further.shown, *self._redacted(sent.items())),
            self.vault.redact_bytes(call.content.so_far),
        )  # fmt: skip
        started, started_at = self.monotonic(), utc(self.wall())
        begun = Exchange(
            request, None, started, started, failure=INTERRUPTED, account=account, operation=operation,
            scenario=at_work(), probe=probe, clock=clock, expects_429=expects_429, tags=tags, number=number,
            started_at=started_at,
        )  # fmt: skip
        self.journal.begin(begun)
        response, failure, limit = self._exchange(call)
        ended = self.monotonic()
        if tidying:
            self.deadline.tidied(ended - started)
        request = replace(request, body=request.body or self.vault.redact_bytes(call.content.so_far))
        failure, limit = self.vault.redact(failure), limit or bool(failure and self.deadline.over)
        return replace(begun, request=request, response=response, failure=failure, ended=ended, limit=limit)

    def reveal(self, text: str) -> str:
        """The text with its secrets. Raises LostError where it has one that is lost."""
        if self.resumed and (token := self.vault.unknown(text)):
            raise LostError(f"only the process that was interrupted knew what {token} stands for", token=token)
        return self.vault.reveal(text)

    def with_id(self, headers: Mapping[str, str], number: int) -> dict[str, str]:
        """The headers with an id of the request, by which a server's log can be matched; one of their own stays."""
        own = any(name.lower() == REQUEST_ID.lower() for name in headers)
        return dict(headers) if own else {**headers, REQUEST_ID: request_id(self.run, number)}

    def close(self) -> None:
        self._client.close()

    def _patience(self, file: bool, hurried: bool, tidying: bool = False, within: float = math.inf) -> Patience:
        slower = self.network.seconds / limits.EXCHANGE_SECONDS
        longest, most = limits.FILE_SECONDS * max(1, slower), limits.HURRIED_SECONDS * slower
        patience = replace(FILE, seconds=longest) if file else self.patience
        seconds = min(patience.seconds, most) if hurried else patience.seconds
        return replace(patience, seconds=min(seconds, within, self.deadline.left(tidying=tidying)))

    def _exchange(self, call: "_Call") -> tuple[Response | None, str, bool]:
        """The response, why there is no complete one, and whether that is a limit of ours."""
        meter = Meter(call.patience.seconds, self.monotonic)
        try:
            with measured(meter):
                response, failure = self._response(call, meter)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            return None, meter.exceeded or told(error) + call.way, meter.cut_off
        return response, failure, bool(failure) and meter.cut_off

    def _response(self, call: "_Call", meter: Meter) -> tuple[Response, str]:
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in call.headers.items()]
        way, content = {DIRECTLY: not call.proxy}, call.content.content
        with self._client.stream(call.method, call.url, headers=raw, content=content, extensions=way) as answer:
            if self.on_tls and (stream := answer.extensions.get("network_stream")):
                self.on_tls(stream.get_extra_info("ssl_object"))
            if call.proxy and answer.status_code == PROXY_AUTHENTICATION_REQUIRED:
                raise httpx.ProxyError(f"{answer.status_code} {answer.reason_phrase}")
            meter.head_is_over(sum(len(name) + len(value) + 4 for name, value in answer.headers.raw))
            body, failure = (b"", meter.exceeded) if meter.exceeded else _body(answer, call.patience, meter)
            pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw]
            pairs = [] if meter.exceeded and not body else pairs
            return self._captured(answer.status_code, pairs, body, file=call.file and not failure), failure

    def _captured(self, status: int, headers: list[tuple[str, str]], body: bytes, *, file: bool) -> Response:
        kept = self._looked_at(body) if file else None
        if kept and kept.size > limits.SMALL_FILE_BYTES:
            body = b""
        return Response(status, self._redacted(headers), self.vault.redact_bytes(body), kept)

    def _looked_at(self, body: bytes) -> File:
        """Most files are fetched twice, and decoding takes longer than hashing."""
        digest = hashlib.sha256(body).hexdigest()
        if digest not in self._files:
            self._files[digest] = File(len(body), digest, look_at(body), beginnings(body))
        return self._files[digest]

    def _redacted(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.vault.redact_header(name, value)) for name, value in headers)

    def _revealed(self, content: bytes | Iterable[bytes]) -> bytes | Iterable[bytes]:
        if not isinstance(content, bytes) or b"REDACTED-" not in content:
            return content
        try:
            return self.reveal(content.decode()).encode()
        except UnicodeError:
            return content


def _body(answer: httpx.Response, patience: Patience, meter: Meter) -> tuple[bytes, str]:
    """The body, decoded, and why it is not complete. Reading ends at the limit."""
    most, sent, received = patience.body_bytes, 0, bytearray()
    decoder = Decoder(answer.headers.get("content-encoding", ""))
    try:
        for piece in answer.iter_raw():
            meter.left()
            sent += len(piece)
            received += decoder.feed(piece, most - len(received))
            if max(sent, len(received)) > most:
                meter.exceeded = f"the body is longer than {most} bytes"
                return bytes(received[:most]), meter.exceeded
    except BrokenCodingError as error:
        return bytes(received), f"the body broke off: {error}"
    except (httpx.HTTPError, httpcore.ReadTimeout) as error:
        return bytes(received), meter.exceeded or f"the body broke off: {told(error)}"
    return bytes(received), "" if decoder.complete else "the body ends within its content coding"


@dataclass(frozen=True, slots=True)
class _Call:
    """What is sent, with its secrets."""

    method: str
    url: str
    headers: dict[str, str]
    content: "_Sent"
    patience: Patience
    file: bool
    proxy: str = ""

    @property
    def way(self) -> str:
        """Which proxy stood between, for a message."""
        return f" (by way of the proxy {address(self.proxy)})" if self.proxy else ""


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
