"""What a deviation looks like, as plain data: findings are grouped by it, so that no sentence has to be parsed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

STATUS = "status"
"""What is wrong where an answer has another status than was due."""


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
    no_json: bool = False
    """The request's body was none, or was broken, although the operation takes one."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"where": list(self.where)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Symptom":
        """Raises KeyError or TypeError when it is not what `to_json` made."""
        return cls(**{**plain, "where": tuple(plain["where"])})
