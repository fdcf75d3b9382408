"""What arrived at a webhook endpoint: one POST of a delivery, or a request that was turned away."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from conformance.evidence.exchange import Pairs, header
from conformance.evidence.members import Bodies, body_from_json, body_to_json, members, no_bodies


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on two clocks, in seconds: this machine's monotonic clock, and the target's time since the epoch.

    `utc` is this machine's wall-clock time, ISO 8601 with milliseconds.
    """

    monotonic: float
    target: float
    utc: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt was over.

    "answered": the complete answer was handed to the network; "reset": broken off by the receiver, as its script said;
    "hung up": the sender closed the connection, or its half of it, first. `status` is that of the header block when all
    of it was sent, else 0.
    """

    how: Literal["answered", "reset", "hung up"]
    status: int
    at: Moment


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to an endpoint, as it was received.

    `generation` is the id in the body; where the body has none it is "delivery " and the delivery header's value, else
    "arrival " and a number. `number` counts from 1 within endpoint and generation. `headers` keeps names and values as
    they were sent, in order (Latin-1); `body` holds the exact bytes; `path` is the request target.
    """

    endpoint: str
    generation: str
    number: int
    arrived: Moment
    """When the first bytes of the request were read."""
    method: str
    path: str
    headers: Pairs
    body: bytes
    answer: str = ""
    """What the script answers to it, in words; empty while the generation is not known yet."""
    ended: Ending | None = None
    """None while the receiver holds it back or is still answering."""
    tls: str = ""
    """The protocol version ("TLSv1.3"); empty over plain HTTP."""
    connection: int = 0
    """Attempts with the same number came over the same connection."""
    late: bool = False
    """It arrived after its endpoint had been closed."""
    scenario: str = ""
    """Which scenario opened the endpoint."""
    serial: int = -1
    """Its number in the run, given when it arrived and found everywhere."""
    process: str = ""
    """Whose receiver it arrived at."""

    @property
    def names_its_generation(self) -> bool:
        """Whether `generation` is the id in the body."""
        return not self.generation.startswith(("delivery ", "arrival "))

    @property
    def over(self) -> float:
        """When it ended, in the target's time; never, as long as it has not."""
        return self.ended.at.target if self.ended else float("inf")

    @property
    def took(self) -> float:
        """Seconds of the target's time from the first bytes to the end; for ever, as long as it has none."""
        return self.over - self.arrived.target

    def header(self, name: str) -> str | None:
        """The value of the header, names compared without case; several lines are joined with a comma."""
        return header(self.headers, name)


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request to an endpoint that is no attempt: another method (a followed redirect, say), or too large a body."""

    endpoint: str
    reason: str
    method: str
    path: str
    at: Moment

    @property
    def only_looks(self) -> bool:
        """A safe method (RFC 9110, 9.2.1): whether the address is there may be asked, and delivers nothing."""
        return self.method in SAFE


def attempt_to_json(attempt: Attempt) -> dict[str, Any]:
    """The attempt as a JSON object of the journal: without what has its default, a long body by its SHA-256 alone."""
    plain = members(attempt) | {"arrived": asdict(attempt.arrived)}
    del plain["body"]
    return plain | ({"ended": asdict(attempt.ended)} if attempt.ended else {}) | body_to_json(attempt.body)


def attempt_from_json(plain: dict[str, Any], bodies: Bodies = no_bodies) -> Attempt:
    """The inverse of `attempt_to_json`. Raises ValueError where a long body is not among the `bodies`."""
    return Attempt(
        **{name: plain[name] for name in _MEMBERS if name in plain},
        arrived=Moment(**plain["arrived"]),
        headers=tuple((name, value) for name, value in plain["headers"]),
        body=body_from_json(plain, bodies),
        ended=ending_from_json(plain.get("ended")),
    )


def ending_from_json(plain: dict[str, Any] | None) -> Ending | None:
    """How an attempt ended, from what `asdict` makes of it."""
    return Ending(plain["how"], plain["status"], Moment(**plain["at"])) if plain else None


_MEMBERS = tuple(one.name for one in fields(Attempt) if one.name not in {"arrived", "headers", "body", "ended"})
