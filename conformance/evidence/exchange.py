"""One request and its response, as they were captured: secrets already replaced (see `redaction`)."""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from conformance.evidence.images import Seen
from conformance.evidence.jsontext import parsed
from conformance.evidence.members import Bodies, body_from_json, body_to_json, is_long, members, no_bodies

Pairs = tuple[tuple[str, str], ...]


REQUEST_ID = "X-Request-Id"
"""The header that carries an id of each request, for the logs of the target. It has no meaning for the API."""
OURS = "gimg-"
REFUSED, NO_CONNECTION, NOT_IN_TIME = "connection refused", "connection failed", "no connection in time"
"""How the failure of an exchange begins of which nothing was sent."""
INTERRUPTED = "the run ended before its answer came"
"""The failure of an exchange that was begun, and perhaps sent, and that nobody saw the end of."""


def request_id(run: str, number: int) -> str:
    """The id of the exchange with this number of a run."""
    return f"{OURS}{run}-{number}"


def utc(seconds: float) -> str:
    """Epoch seconds as ISO 8601 in UTC, with milliseconds: 2026-01-01T00:00:00.000Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def header(pairs: Pairs, name: str) -> str | None:
    """The value of the header, names compared without case; several lines are joined with a comma (RFC 9110, 5.3)."""
    values = [value for key, value in pairs if key.lower() == name.lower()]
    return ", ".join(values) if values else None


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


@dataclass(frozen=True, slots=True)
class File:
    """What is kept of a body that was looked at and then discarded: its size in bytes, its SHA-256, its pixels."""

    size: int
    sha256: str
    seen: Seen
    beginnings: tuple[str, ...] = ()
    """The CRC-32, hexadecimal, of its first 64 bytes, of its first 128, and so on: how far two files are alike."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `body` is complete unless `Exchange.failure` says otherwise, or `file` stands in its place."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    file: File | None = None
    """Of a download: what its bytes were."""

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
    `started_at` is the wall-clock time of the beginning, UTC, ISO 8601 with milliseconds ("2026-01-01T00:00:00.000Z").
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
    scenario: str = ""
    """What it was sent for: a fixture's name, with "/" and words where it makes several values, or a test's node id."""
    probe: str = ""
    """What is special about the request, in words; the same request of the same scenario has the same."""
    failure: str = ""
    """Why there is no (complete) response."""
    limit: bool = False
    """The failure is that an answer which had begun ran into a limit of the suite."""
    clock: float | None = None
    number: int = -1
    """Its number in the run, given when it began and found everywhere: in the evidence, the report and messages."""
    process: str = ""
    expects_429: bool = False
    tags: tuple[str, ...] = field(default=())
    started_at: str = ""

    @property
    def status(self) -> int:
        """The response's status, 0 when there is none."""
        return self.response.status if self.response else 0

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    @property
    def interrupted(self) -> bool:
        """Whether its end was never seen; `ended` is then when it began."""
        return self.failure == INTERRUPTED

    @property
    def part(self) -> int:
        """The part of the run: one that is resumed has several, and "main-2" is a process of the second."""
        part = self.process.partition("-")[2]
        return int(part) if part.isdecimal() else 1

    @property
    def costs(self) -> bool:
        """Whether it was a call of an account, over a connection, so that the target may have counted it."""
        unsent = self.response is None and self.failure.startswith((REFUSED, NO_CONNECTION, NOT_IN_TIME))
        return bool(self.account) and not unsent

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
    """The exchange as a JSON object of the journal: without what has its default, long bodies by their SHA-256."""
    request, response = exchange.request, exchange.response
    sent = {"method": request.method, "url": request.url, "headers": request.headers} | body_to_json(request.body)
    return members(exchange) | {"request": sent, "response": response and _received(response)}


def _received(response: Response) -> dict[str, Any]:
    plain = {"status": response.status, "headers": response.headers} | body_to_json(response.body)
    return plain | ({"file": asdict(response.file)} if response.file else {})


def from_json(plain: dict[str, Any], bodies: Bodies = no_bodies) -> Exchange:
    """The inverse of `to_json`. Raises ValueError where a long body is not among the `bodies`."""
    request, response = plain["request"], plain["response"]
    sent = Request(request["method"], request["url"], _pairs(request["headers"]), body_from_json(request, bodies))
    plainly = {name: plain[name] for name in _MEMBERS if name in plain} | {"tags": tuple(plain.get("tags", ()))}
    return Exchange(request=sent, response=response and _response(response, bodies), **plainly)


def _response(plain: dict[str, Any], bodies: Bodies) -> Response:
    file = plain.get("file")
    found = file and File(file["size"], file["sha256"], Seen(**file["seen"]), tuple(file.get("beginnings", ())))
    return Response(plain["status"], _pairs(plain["headers"]), body_from_json(plain, bodies), found)


_MEMBERS = tuple(one.name for one in fields(Exchange) if one.name not in {"request", "response"})


def _pairs(headers: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in headers)


def long_bodies(exchange: Exchange) -> list[bytes]:
    """Its bodies that are kept in files of their own."""
    bodies = (exchange.request.body, exchange.response.body if exchange.response else b"")
    return [body for body in bodies if is_long(body)]
