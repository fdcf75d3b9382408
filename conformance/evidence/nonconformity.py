"""The target's deviation, as an error. What is not its fault is in `errors`; the two trees never meet."""

from dataclasses import dataclass, field

from conformance.evidence.attempt import Attempt
from conformance.evidence.exchange import Exchange
from conformance.evidence.symptom import Symptom


@dataclass(eq=False)
class Nonconformity(AssertionError):  # noqa: N818 - the word the reports use
    """The target deviated from the documentation: what was expected of it, and what came."""

    expected: str
    received: str
    exchange: Exchange | None = None
    requirements: tuple[str, ...] = field(default=())
    """Requirements this deviation is charged to instead of those the test names; empty: the test's own."""
    beside: tuple[Exchange, ...] = field(default=(), repr=False)
    """What the exchange was compared with: it takes these to see the deviation."""
    attempt: Attempt | None = field(default=None, repr=False)
    """The attempt of a delivery that deviated."""
    symptom: Symptom = field(default_factory=Symptom, repr=False)
    """What is wrong, what was due and what came, as far as the check knows them apart."""

    def __str__(self) -> str:
        return f"expected {self.expected}; received {self.received}"
