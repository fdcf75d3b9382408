"""The one table of passive checks: a check says at its function which requirements it judges."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.checks.finding import Check


@dataclass(frozen=True)
class PassiveCheck:
    """A check of all traffic, and what it may rule on; no id where the contract's `x-requirements` say it."""

    judge: Check
    requirements: frozenset[str]
    spoilt: bool
    """Sees the exchanges that the environment spoilt too (R44)."""

    @property
    def name(self) -> str:
        return self.judge.__name__


TABLE: dict[str, PassiveCheck] = {}
"""By name, in the order in which the modules were imported."""


def judges(*requirements: str, spoilt: bool = False) -> Callable[[Check], Check]:
    """Make a function a passive check of these requirements.

    `spoilt`: it counts calls, or says itself what of a spoilt exchange is judged; the others are shown none (R44).
    Raises ValueError for a second check of the same name.
    """

    def entered(check: Check) -> Check:
        if check.__name__ in TABLE:
            raise ValueError(f"two passive checks are called {check.__name__}")
        TABLE[check.__name__] = PassiveCheck(check, frozenset(requirements), spoilt)
        return check

    return entered
