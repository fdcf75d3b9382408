import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.report import Report, report_of, write
from conformance.requirements import Area, Level, Registry, Requirement
from conformance.verdict import Outcome, RunFacts, Verdict, judge
from tests.facts import FACTS as COMMON

FACTS: dict[str, Any] = COMMON | {
    "profile": "certify",
    "vendor": {"organisation": "Acme", "product": "Pictures", "version": "2", "contact": ""},
}
ROWS = tuple(
    Requirement(id_, "A", level, f"{id_} is kept.", "somewhere", ("R1",), ())
    for id_, level in (("A-1", Level.MUST), ("A-2", Level.MUST), ("A-3", Level.SHOULD))
)
REGISTRY = Registry(ROWS, (Area("A", "First area"),), (), "r")


@pytest.fixture
def made() -> Callable[..., Report]:
    """The report of a whole certify run in which these requirements failed."""

    def report(*failed: str, **facts: Any) -> Report:
        verdicts = {row.id: Verdict.FAIL if row.id in failed else Verdict.PASS for row in ROWS}
        outcomes = [Outcome(f"test of {id_}", (id_,), verdict) for id_, verdict in verdicts.items()]
        return report_of(judge(REGISTRY, outcomes, (), RunFacts(**FACTS | facts)))

    return report


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Report], Path]:
    """The report folder that a run left."""

    def written(report: Report) -> Path:
        place = tmp_path / "reports"
        for name in ("json", "junit", "html"):
            write(name, report, place)
        (place / "evidence").mkdir()
        log = [{"target": {"target": {"name": "staging"}}}, {"files": {"exchanges.jsonl.gz": ""}}]
        (place / "evidence" / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
        (place / "evidence" / "exchanges.jsonl.gz").write_bytes(b"what was sent")
        (place / ".lock").touch()
        return place

    return written
