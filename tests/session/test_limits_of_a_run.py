"""What the limits of the target file do: a run that is planned beyond them is refused, and one that exceeds its plan
is stopped.
"""

from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.client.circuit import Circuit
from conformance.errors import ConfigurationError, Inconclusive
from conformance.plan.amount import Amount
from conformance.plan.estimate import Planned
from conformance.session.collection import name_of
from conformance.session.planned import Allowance, keep_within
from conformance.session.spending import SoFar
from conformance.target.config import Limits
from tests.session.conftest import Begin

FORTY = Planned("gate", 9, {"primary": Amount(30, 2, 3, 3), "other": Amount(10)}, {})


class Spent(SoFar):
    """So much was spent, and it was looked at so often."""

    def __init__(self, requests: int, credits_: int = 0) -> None:
        self.now, self.looks = (requests, credits_), 0

    def __call__(self) -> tuple[int, int]:
        self.looks += 1
        return self.now


def test_a_run_that_is_planned_beyond_a_limit_is_refused_with_the_remedy() -> None:
    keep_within(Limits(), FORTY)
    keep_within(Limits(max_requests=40, max_credits=3), FORTY)

    with pytest.raises(ConfigurationError) as refused:
        keep_within(Limits(max_requests=39), FORTY)
    assert str(refused.value) == (
        "limits.max_requests is 39, but this run is planned to take 40 requests of all accounts together. Raise it to "
        "40, or choose less with --only or a smaller --profile; `gimg-conformance plan` tells what each takes"
    )
    with pytest.raises(ConfigurationError, match=r"max_credits is 2, .* 3 credits"):
        keep_within(Limits(max_credits=2), FORTY)


def test_smoke_is_told_of_no_smaller_profile() -> None:
    with pytest.raises(ConfigurationError) as refused:
        keep_within(Limits(max_requests=39), Planned("smoke", 1, FORTY.bill, {}))
    assert "--profile" not in str(refused.value)


@pytest.mark.parametrize(
    ("limit", "spent", "stopped"),
    [
        (0, 10_000, ""),
        (100, 43, ""),
        (100, 44, "stopped: 44 requests were taken, which exceeded the plan of 40"),
        (42, 42, "stopped: 42 requests were taken, which exceeded the plan of 40"),
        (42, 41, ""),
    ],
)
def test_a_run_stops_at_a_tenth_more_than_its_plan_or_at_its_limit(limit: int, spent: int, stopped: str) -> None:
    assert Allowance(Limits(max_requests=limit), FORTY, Spent(spent))() == stopped


def test_credits_stop_a_run_as_well_and_who_was_stopped_looks_no_more() -> None:
    spent = Spent(0, 7)
    allowance = Allowance(Limits(max_credits=50), FORTY, spent)

    assert allowance() == allowance() == "stopped: 7 credits were taken, which exceeded the plan of 3"
    assert spent.looks == 1


def test_what_is_stopped_may_still_be_tidied_up_and_asked_without_a_key() -> None:
    circuit = Circuit(lambda: "stopped: too much")

    with pytest.raises(Inconclusive, match="stopped: too much") as caught:
        circuit.check("generate", "primary")
    assert caught.value.root == "stopped: too much"
    circuit.check("webhooks", "primary", tidying=True)
    circuit.check("generate", "")


def test_a_test_is_planned_by_the_name_that_reports_print() -> None:
    assert name_of("../x/conformance/suite/test_a.py::test_b[c::d/e]") == "suite/test_a.py::test_b[c::d/e]"


DEAR = reference.Rules(prices={"low": 5, "medium": 10, "high": 20})


@pytest.fixture(scope="module")
def stopped(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any], int]:
    """How a run ended whose target is five times as dear as it should be, and how many webhooks it left there."""
    target = tmp_path_factory.mktemp("target") / "target.toml"
    with reference.start(rules=DEAR) as server:
        target.write_text(server.target_toml().replace("max_credits = 0", "max_credits = 50"), encoding="utf-8")
        status, _, report = begin(f"--gimg-target={target}", "--gimg-only=HOOK", "--gimg-profile=gate").ended()
        return status, report, len(server.service.parts.registry.webhooks)


def test_a_run_that_exceeds_its_plan_is_undecided_and_says_so(stopped: tuple[int, dict[str, Any], int]) -> None:
    status, report, _ = stopped
    told = {check["message"] for check in report["checks"] if check["verdict"] == "inconclusive"}

    assert (status, report["verdict"]) == (1, "undecided")  # of pytest
    assert report["exit_status"] == 3
    assert any(f"which exceeded the plan of {report['planned']['credits']:g}" in message for message in told)
    assert report["planned"]["credits"] < report["cost"]["credits"] < 50


def test_a_run_that_is_stopped_leaves_no_webhook(stopped: tuple[int, dict[str, Any], int]) -> None:
    assert stopped[2] == 0


def test_a_run_beyond_the_limits_sends_nothing(begin: Begin, tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    with reference.start() as server:
        target.write_text(server.target_toml().replace("max_requests = 0", "max_requests = 5"), encoding="utf-8")
        run = begin(f"--gimg-target={target}", "--gimg-profile=smoke")
        said, _ = run.process.communicate(timeout=180)

    assert run.process.returncode == pytest.ExitCode.USAGE_ERROR
    assert "limits.max_requests is 5, but this run is planned to take 8 requests" in said
    assert not [*run.folder.rglob("*exchanges*")]
