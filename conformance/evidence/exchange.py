"""One request and its response, as they were captured: secrets already replaced (see `redaction`)."""

import base64
import json
import shlex
from dataclasses import dataclass, field
from typing import Any

Pairs = tuple[tuple[str, str], ...]


def header(pairs: Pairs, name: str) -> str | None:
    """The value of the header, names compared without case; several lines are joined with a comma (RFC 9110, 5.3)."""
    values = [value for key, value in pairs if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def parsed(body: bytes) -> Any:
    """The body as JSON; None when it is not JSON in UTF-8, is nested too deeply, or holds half a character."""
    try:
        value = json.loads(body.decode("utf-8-sig"))
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode()  # unpaired surrogates are no text
    except (ValueError, RecursionError):
        return None
    return value


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent. `url` is absolute; `body` holds the exact bytes."""

    method: str
    url: str
    headers: Pairs = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return header(self.headers, name)

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        return parsed(self.body)

    @property
    def curl(self) -> str:
        """A command line that repeats the request once the redacted key is put back."""
        parts = ["curl", "-i", "-X", self.method, self.url]
        for name, value in self.headers:
            parts += ["-H", f"{name}: {value}"]
        if self.body:
            parts += ["--data-binary", _readable(self.body)]
        return " ".join(shlex.quote(part) for part in parts)


def _readable(body: bytes, most: int = 2000) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"@{len(body)}-bytes.bin"
    return text if len(text) <= most else f"{text[:most]}…"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `body` is complete unless `Exchange.failure` says otherwise."""

    status: int
    headers: Pairs = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return header(self.headers, name)

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        return parsed(self.body)

    def member(self, name: str) -> Any:
        """The member of a JSON object; None when it is absent or the body is no object."""
        body = self.json
        return body.get(name) if isinstance(body, dict) else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response.

    `started` and `ended` are seconds of this machine's monotonic clock, comparable across the processes of a run.
    `clock` is the target's time in epoch seconds where the target has a test clock, else None.
    """

    request: Request
    response: Response | None
    started: float
    ended: float
    account: str = ""
    """Whose valid key was sent ("primary", …); empty when none was."""
    operation: str = ""
    """The operation of the contract ("generate", "upload", "generation", …); empty for anything else."""
    test: str = ""
    probe: str = ""
    """What is special about the request, in words; the same request of the same test has the same."""
    failure: str = ""
    """Why there is no (complete) response."""
    clock: float | None = None
    number: int = -1
    """Position in the run's journal."""
    process: str = ""
    asked_for_429: bool = False
    tags: tuple[str, ...] = field(default=())

    @property
    def status(self) -> int:
        """The response's status, 0 when there is none."""
        return self.response.status if self.response else 0

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    @property
    def sent_key(self) -> bool:
        return bool(self.account)

    def header(self, name: str) -> str | None:
        return self.response.header(name) if self.response else None

    @property
    def json(self) -> Any:
        return self.response.json if self.response else None

    def member(self, name: str) -> Any:
        return self.response.member(name) if self.response else None

    @property
    def told(self) -> str:
        """Method, path and outcome in one line."""
        outcome = str(self.status) if self.response else f"no response ({self.failure})"
        path = "/" + self.request.url.split("://", 1)[-1].partition("/")[2]
        return f"{self.request.method} {path} → {outcome}"


def to_json(exchange: Exchange) -> dict[str, Any]:
    """The exchange as a JSON object of the journal; bytes are text where they are UTF-8, base64 otherwise."""
    request, response = exchange.request, exchange.response
    plain = {name: getattr(exchange, name) for name in _PLAIN}
    plain["request"] = {"method": request.method, "url": request.url, "headers": request.headers} | to_text(
        request.body
    )
    plain["response"] = response and ({"status": response.status, "headers": response.headers} | to_text(response.body))
    return plain


def from_json(plain: dict[str, Any]) -> Exchange:
    """The inverse of `to_json`."""
    request, response = plain["request"], plain["response"]
    return Exchange(
        request=Request(request["method"], request["url"], _pairs(request["headers"]), _bytes(request)),
        response=response and Response(response["status"], _pairs(response["headers"]), _bytes(response)),
        **{name: plain[name] for name in _PLAIN if name != "tags"},
        tags=tuple(plain["tags"]),
    )


_PLAIN = (
    "started", "ended", "account", "operation", "test", "probe", "failure", "clock", "number", "process",
    "asked_for_429", "tags",
)  # fmt: skip


def to_text(body: bytes) -> dict[str, str]:
    """`{"body": text}` where the bytes are UTF-8, else `{"base64": …}`."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(part: dict[str, str]) -> bytes:
    return base64.b64decode(part["base64"]) if "base64" in part else part["body"].encode()


def _pairs(headers: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in headers)
