"""What a passive check says about one requirement, over all the evidence of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.evidence import Exchange
from conformance.evidence.symptom import Symptom

Evidence = Sequence[Exchange]
"""All exchanges of a run, of every worker, in the order in which they began."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation."""

    requirement: str
    expected: str
    received: str
    exchange: Exchange
    beside: tuple[Exchange, ...] = ()
    """What it was compared with."""
    symptom: Symptom = field(default_factory=Symptom)
    """What is wrong, what was due and what came, as far as the check knows them apart."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a check looked at (`judged`: requirement ids with at least one occasion) and what it found wrong."""

    judged: frozenset[str]
    findings: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    """What would be wrong, had the environment not another explanation: inconclusive."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """By requirement id that is not judged: how the run looked for the occasion that the target withheld (R43)."""

    def __add__(self, other: "Ruled") -> "Ruled":
        """The rulings on two servers that do not know of each other."""
        return Ruled(
            self.judged | other.judged,
            self.findings + other.findings,
            self.doubts + other.doubts,
            {**self.withheld, **other.withheld},
        )


Check = Callable[[Evidence], Ruled]
