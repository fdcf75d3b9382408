"""The story of a check: what it sent and what arrived, in order, and which of it decided."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What a step is to the verdict."""

    NONE = ""
    DECISIVE = "decisive"
    """It shows the deviation."""
    COMPARED = "compared"
    """The decisive one was compared with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request or one attempt, or several requests in a row that were alike, such as polls."""

    role: str
    """What the suite sent it for, in words; of an attempt its number within its delivery: "attempt 2"."""
    seconds: float
    """Of the target's time, since the first step began."""
    status: int
    """Of the answer; 0: there was none. Of an attempt what the suite's receiver answered it."""
    told: str = ""
    """What matters of the answer: an id, a state, a header, an error."""
    mark: Mark = Mark.NONE
    exchanges: tuple[int, ...] = ()
    """Their numbers, as in the evidence."""
    attempts: tuple[int, ...] = ()
    """Its number, as in attempts.jsonl."""
    generation: str = ""
    """Whose step it is."""
    endpoint: str = ""
    """Where an attempt arrived, as in attempts.jsonl."""
    request_id: str = ""
    """X-Request-Id of the (first) request, for the logs of the target."""
    sent: str = ""
    """Of a step with a mark: method, path, and the beginning of the body."""

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Step":
        lists = {name: tuple(plain[name]) for name in ("exchanges", "attempts")}
        return cls(**{**plain, **lists, "mark": Mark(plain["mark"])})
