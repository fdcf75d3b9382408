"""What the contract says of one message: frozen values."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in a message that is not as documented. `expected` and `received` are phrases for people."""

    requirements: tuple[str, ...]
    """The rows of the registry it is charged to; empty where no row states what was broken."""
    place: str
    """Where: "status", "header Retry-After", "body", "body.outputs[0].png"."""
    expected: str
    received: str
    open: bool = False
    """Of request bodies: the documentation leaves free whether this is refused (`x-open` in the contract)."""

    @property
    def field(self) -> str:
        """Of bodies: the member of the object in which it lies; empty for the body as a whole."""
        return re.split(r"[.\[]", self.place.removeprefix("body").lstrip("."))[0]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The violations of one message, and the requirements that it put to the test (those of the violations too)."""

    violations: tuple[Violation, ...] = ()
    judged: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *violations: Violation, judged: tuple[str, ...] = ()) -> "Judgement":
        charged = (name for violation in violations for name in violation.requirements)
        return cls(violations, frozenset((*charged, *judged)))

    def __add__(self, other: "Judgement") -> "Judgement":
        return Judgement(self.violations + other.violations, self.judged | other.judged)

    @property
    def left_open(self) -> bool:
        """Of request bodies: something does not fit, and all of it is left free, so that no answer is wrong."""
        return bool(self.violations) and all(violation.open for violation in self.violations)
