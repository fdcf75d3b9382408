"""The target's deviation, as an error. What is not its fault is in `errors`; the two trees never meet."""

from dataclasses import dataclass, field

from conformance.evidence.exchange import Exchange


@dataclass(eq=False)
class Nonconformity(AssertionError):  # noqa: N818 - the word the reports use
    """The target deviated from the documentation: what was expected of it, and what came."""

    expected: str
    received: str
    exchange: Exchange | None = None
    requirements: tuple[str, ...] = field(default=())
    """Requirements this deviation is charged to instead of those the test names; empty: the test's own."""

    def __str__(self) -> str:
        return f"expected {self.expected}; received {self.received}"
