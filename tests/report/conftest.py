from collections.abc import Callable
from typing import Any

import pytest

from conformance.report import Report, report_of
from conformance.requirements import Area, Level, Registry, Requirement
from conformance.verdict import Observation, Outcome, RunFacts, judge
from tests.facts import FACTS as COMMON

LEVELS = {"A-1": Level.MUST, "A-2": Level.MUST, "A-3": Level.SHOULD, "B-1": Level.OPEN, "B-2": Level.MUST}
ROWS = tuple(
    Requirement(id_, id_[0], level, f"{id_} is kept.", "Somewhere, paragraph 2", ("R1",), occasion="one")
    for id_, level in LEVELS.items()
)
REGISTRY = Registry(ROWS, (Area("A", "First area"), Area("B", "Second area")), (), "r")
FACTS: dict[str, Any] = COMMON | {
    "seed": 7,
    "suite_version": "1.2.3",
    "cost": {"primary": {"requests": 5, "credits": 2}, "other": {"requests": 1, "credits": 0}},
}


@pytest.fixture
def report() -> Callable[..., Report]:
    """The report of outcomes, by a registry of three MUSTs (A-1, A-2, B-2), a SHOULD (A-3) and an OPEN row (B-1)."""

    def made(*outcomes: Outcome, strict: bool = False, seen: tuple[Observation, ...] = (), **facts: Any) -> Report:
        return report_of(judge(REGISTRY, outcomes, seen, RunFacts(**FACTS | facts), strict=strict))

    return made
