from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.requirements import Area, Level, Registry, Requirement
from conformance.verdict import Observation, Outcome, RunFacts, Verdict
from conformance.verdict.judge import JudgedRun, judge
from tests.facts import FACTS


def row(id_: str, level: Level = Level.MUST, untested: str = "") -> Requirement:
    return Requirement(id_, id_.partition("-")[0], level, f"{id_} is kept.", "somewhere", ("R1",), (), untested)


OCCASION = "an image that is not ready at once"
ROWS = (
    replace(row("A-1"), occasion=OCCASION),
    row("A-2"),
    row("A-3", Level.SHOULD),
    row("B-1", Level.OPEN, "free to choose"),
)
REGISTRY = Registry(ROWS, (Area("A", "First area"), Area("B", "Second area")), (), "r")


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    """An outcome of A-1 that passed, but for what is said."""

    def made(verdict: Verdict = Verdict.PASS, *requirements: str, **more: Any) -> Outcome:
        ids = requirements or ("A-1",)
        return Outcome(**{"id": f"test of {ids[0]}", "requirements": ids, "verdict": verdict} | more)

    return made


@pytest.fixture
def judged() -> Callable[..., JudgedRun]:
    """Outcomes judged by a registry of two MUSTs (A-1, A-2), a SHOULD (A-3) and an OPEN row (B-1)."""

    def made(*outcomes: Outcome, strict: bool = False, seen: tuple[Observation, ...] = (), **facts: Any) -> JudgedRun:
        return judge(REGISTRY, outcomes, seen, RunFacts(**FACTS | facts), strict=strict)

    return made
