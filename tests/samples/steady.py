"""A run as its sample tells it: without what differs from run to run, which are real time and the machine.

The clock of a sample begins at the target's first moment, and each request takes it 10 ms.
"""

from collections.abc import Sequence
from dataclasses import replace

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.exchange import utc
from conformance.report import Report
from conformance.report.model import CheckPart, EnvironmentPart, ScenarioPart

TAKES = 0.01
"""Seconds that a request takes."""
BEGINS = 1767225600.0
"""2026-01-01, when the target's test clock begins."""
MACHINE = EnvironmentPart(python="3", platform="any")
HOST = "http://127.0.0.1:8080"
WITH_FAULTS = " -- --gimg-fault=all-of-these"
"""What the command that repeats a check says of the server of a sample, and would say of no other."""


def steady(report: Report, sent: Sequence[Exchange]) -> Report:
    """The report, with the times of its sample."""
    took = len(sent) * TAKES
    suite = report.suite.model_copy(update={"evidence_sha256": ""})
    return report.model_copy(
        update={
            "suite": suite, "environment": MACHINE, "started_at": utc(BEGINS), "finished_at": utc(BEGINS + took),
            "wall_seconds": round(took, 3), "checks": [_check(check) for check in report.checks],
            "scenarios": [_scenario(each) for each in report.scenarios],
        }
    )  # fmt: skip


def _check(check: CheckPart) -> CheckPart:
    seconds = round(len(check.exchanges) * TAKES, 3)
    return check.model_copy(update={"seconds": seconds, "repeat": check.repeat.removesuffix(WITH_FAULTS)})


def _scenario(scenario: ScenarioPart) -> ScenarioPart:
    count = sum(last - first + 1 for first, last in scenario.exchanges)
    return scenario.model_copy(update={"seconds": round(count * TAKES, 3)})


def steady_exchange(exchange: Exchange) -> Exchange:
    """As it would have been on that clock."""
    started = exchange.number * TAKES
    return replace(
        exchange, started=started, ended=started + TAKES, started_at=utc(BEGINS + started),
    )  # fmt: skip


def steady_attempt(attempt: Attempt) -> Attempt:
    """As it would have been where this machine's clock was the target's."""
    ended = attempt.ended and Ending(attempt.ended.how, attempt.ended.status, _steady(attempt.ended.at))
    return replace(attempt, arrived=_steady(attempt.arrived), ended=ended)


def _steady(moment: Moment) -> Moment:
    return Moment(monotonic=moment.target, target=moment.target, utc=utc(moment.target))
