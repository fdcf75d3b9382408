"""What an endpoint answers: a small vocabulary of frozen values. Seconds are seconds of the target's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from conformance.evidence.exchange import Pairs

_LOWEST, _HIGHEST = 200, 599
_WITHOUT_BODY = (204, 304)


def _check(code: int, *, body: bool) -> None:
    if not _LOWEST <= code <= _HIGHEST:
        raise ValueError(f"{code} is no final status")
    if body and code in _WITHOUT_BODY:
        raise ValueError(f"{code} has no body (RFC 9110, 15.3.5 and 15.4.5)")


@dataclass(frozen=True, slots=True)
class Status:
    """A complete answer at once."""

    code: int = 200
    body: bytes = b""
    headers: Pairs = ()

    def __post_init__(self) -> None:
        _check(self.code, body=bool(self.body))

    def __str__(self) -> str:
        return str(self.code)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to `location`: the url of another endpoint, so that following it is seen there."""

    location: str
    code: int = 302

    def __str__(self) -> str:
        return f"{self.code} to {self.location}"


@dataclass(frozen=True, slots=True)
class Delay:
    """No byte until `seconds` after the attempt arrived; then another answer."""

    seconds: float
    then: "Answer" = Status()

    def __str__(self) -> str:
        return f"after {self.seconds:g} s: {self.then}"


@dataclass(frozen=True, slots=True)
class Continue:
    """An interim 100, which ends nothing (RFC 9110, 15.2); then another answer."""

    then: "Answer" = Status()

    def __str__(self) -> str:
        return f"100, then {self.then}"


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer: it ends when the sender leaves, or by draining."""

    def __str__(self) -> str:
        return "stall"


@dataclass(frozen=True, slots=True)
class Trickle:
    """The header block or the body in `pieces`, `gap` seconds apart. What comes before it is sent at once."""

    part: Literal["headers", "body"]
    gap: float
    pieces: int = 10
    code: int = 200

    def __post_init__(self) -> None:
        _check(self.code, body=True)
        if self.gap <= 0 or self.pieces < 2:
            raise ValueError("a trickle has at least two pieces and a gap between them")

    def __str__(self) -> str:
        return f"{self.code} with its {self.part} in {self.pieces} pieces, {self.gap:g} s apart"


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST): before any byte, in the middle of the header block, or of the body."""

    at: Literal["start", "headers", "body"] = "start"
    code: int = 200

    def __post_init__(self) -> None:
        _check(self.code, body=True)

    def __str__(self) -> str:
        return "reset before the answer" if self.at == "start" else f"{self.code}, reset in its {self.at}"


@dataclass(frozen=True, slots=True)
class Endless:
    """A complete header block, then a body that goes on, a few bytes every `gap` seconds, until the sender leaves."""

    gap: float = 1.0
    code: int = 200

    def __post_init__(self) -> None:
        _check(self.code, body=True)
        if self.gap <= 0:
            raise ValueError("an endless body needs a gap between its pieces")

    def __str__(self) -> str:
        return f"{self.code} with a body that never ends"


Answer = Status | Redirect | Delay | Continue | Stall | Trickle | Reset | Endless


@dataclass(frozen=True, slots=True)
class Script:
    """The answers to the attempts of one generation, in order; the last one repeats."""

    answers: tuple[Answer, ...]

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> Self:
        return cls(tuple(answers) or (Status(),))

    def answer(self, number: int) -> Answer:
        """The answer to attempt `number`, counted from 1."""
        return self.answers[min(number, len(self.answers)) - 1]
