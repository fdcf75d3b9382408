"""What a deviation looks like, as plain data: findings are grouped by it, so that no sentence has to be parsed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

STATUS = "status"
"""What is wrong where an answer has another status than was due."""

MISSING = "nothing"
"""What came where a header or a member is missing."""
NOT = ("not ", "no ", "other than ", "another status than ", "a status that is neither ")
"""How what is due begins where it is told by what it must not be."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is wrong, in which answers. Empty where it is not known."""

    about: str = ""
    """"status", "header Retry-After", "body.outputs[0].png", or the words of the check: "the media type"."""
    due: str = ""
    """What it should be: "400 or 404" of a status, else in words."""
    came: str = ""
    """What it was."""
    where: tuple[str, ...] = ()
    """In the answers to which operations: "POST /api/v1/generate"; of an attempt "a delivery"."""
    status: int = 0
    """Of the answer that decided; 0: of an attempt, or there was none."""
    probe: str = ""
    """What was special about the request, in words."""
    generations: tuple[str, ...] = ()
    """Ids of the generations that the answers are about."""
    no_json: bool = False
    """The request's body was none, or was broken, although the operation takes one."""
    deliveries: tuple[str, ...] = ()
    """X-Gptimg-Delivery of the attempts of one event up to the one that decided, where they are several."""
    taken: bool = False
    """One of those before it had been answered 2xx in time, so that none should have followed."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in _LISTS}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Symptom":
        """Raises KeyError or TypeError when it is not what `to_json` made."""
        return cls(**{**plain, **{name: tuple(plain[name]) for name in _LISTS}})


_LISTS = ("where", "generations", "deliveries")
