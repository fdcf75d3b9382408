"""Shards of one run are one report; what overlaps, or is of another run, is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.comparison.shards import merged
from conformance.errors import ConfigurationError
from conformance.report import Report, report_of
from conformance.requirements import load
from conformance.verdict import Cost, Outcome, RunFacts, Selection, Verdict, judge
from tests.facts import FACTS as COMMON

FACTS: dict[str, Any] = COMMON | {"requirements_sha256": load().sha256}
Make = Callable[..., Report]


@pytest.fixture
def shard() -> Make:
    """The report of a run that chose the requirements of these outcomes."""

    def made(*outcomes: Outcome, **facts: Any) -> Report:
        about = frozenset(id_ for outcome in outcomes for id_ in outcome.requirements)
        left = {row.id: "not chosen" for row in load() if row.id not in about}
        costs = (Cost("story", "AUTH", 3, 1.0, (0, 1, 2), (0,)),)
        chosen = Selection(tuple(sorted(about)), about, tests=frozenset(one.id for one in outcomes))
        spent = {"primary": {"requests": 3, "credits": 1}}
        told = FACTS | {"left_out": left, "selection": chosen, "cost": spent, "costs": costs} | facts
        return report_of(judge(load(), outcomes, (), RunFacts(**told)))

    return made


ONE = Outcome("suite/test_a.py::test_1", ("AUTH-1",), Verdict.PASS, exchanges=(0, 1))
TWO = Outcome("suite/test_b.py::test_2", ("GEN-1",), Verdict.FAIL, "", "a", "b", exchanges=(2,), decided_by=2)
TRAFFIC = Outcome("passive::no_server_error::API-2", ("API-2",), Verdict.PASS)


def test_shards_are_one_report_with_all_their_evidence(shard: Make) -> None:
    report = merged([shard(ONE, TRAFFIC), shard(TWO, TRAFFIC)])
    verdicts = {row.id: row.verdict for row in report.requirements}

    assert (verdicts["AUTH-1"], verdicts["GEN-1"], verdicts["API-2"]) == (Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    assert report.cost.by_account["primary"].requests == 6
    assert [check.decided_by for check in report.checks if check.id == TWO.id] == [5]
    assert [part.exchanges for part in report.scenarios] == [[(0, 2)], [(3, 5)]]
    assert report.suite.selection is not None
    assert {"AUTH-1", "GEN-1"} <= {*report.suite.selection.requirements}


def test_what_all_traffic_shows_broken_in_one_shard_is_broken(shard: Make) -> None:
    broken = Outcome(TRAFFIC.id, ("API-2",), Verdict.FAIL, "", "no 5xx", "500")
    report = merged([shard(ONE, TRAFFIC), shard(TWO, broken)])

    assert {row.id: row.verdict for row in report.requirements}["API-2"] is Verdict.FAIL


def test_a_test_in_two_shards_is_refused(shard: Make) -> None:
    failed = Outcome(ONE.id, ("AUTH-1",), Verdict.FAIL)

    with pytest.raises(ConfigurationError, match=r"shards 1 and 2 overlap in suite/test_a\.py::test_1"):
        merged([shard(ONE), shard(ONE)])
    with pytest.raises(ConfigurationError, match="shards 1 and 2 contradict each other"):
        merged([shard(ONE), shard(failed)])


@pytest.mark.parametrize("fact", ["profile", "suite_version", "contract_sha256"])
def test_runs_on_other_terms_are_refused(shard: Make, fact: str) -> None:
    with pytest.raises(ConfigurationError, match="the shards are no run of one"):
        merged([shard(ONE), shard(TWO, **{fact: "smoke" if fact == "profile" else "x"})])
