"""From outcomes to the report."""

from collections.abc import Iterable
from typing import Any

from conformance.report.model import (
    AccountCost,
    AreaPart,
    CheckPart,
    CostPart,
    ObservationPart,
    Report,
    RequirementPart,
    ScenarioPart,
    StepPart,
    SuitePart,
    TargetPart,
)
from conformance.verdict import Cost, Judged, JudgedRun, Outcome, RunFacts, Step


def report_of(judgement: JudgedRun) -> Report:
    """Everything there is to say about a judged run, as one value."""
    facts = judgement.facts
    return Report(
        verdict=judgement.verdict,
        summary=judgement.summary,
        because=list(judgement.because),
        exit_status=judgement.exit_status,
        strict=judgement.strict,
        interrupted=facts.interrupted,
        profile=facts.profile,
        target=TargetPart(name=facts.target_name, base_url=facts.base_url),
        suite=_suite(facts),
        started_at=facts.started_at,
        finished_at=facts.finished_at,
        wall_seconds=round(facts.wall_seconds, 3),
        cost=_cost(facts),
        tested=judgement.tested,
        total=judgement.total,
        problems=list(facts.problems),
        warnings=list(facts.warnings),
        areas=[AreaPart(area=area.prefix, title=area.title) for area in judgement.areas],
        requirements=[_requirement(row) for row in judgement.rows],
        checks=[_check(outcome) for outcome in judgement.outcomes],
        scenarios=[_scenario(cost) for cost in facts.costs],
        observations=_observations(judgement),
    )


def _suite(facts: RunFacts) -> SuitePart:
    return SuitePart(
        version=facts.suite_version,
        contract_sha256=facts.contract_sha256,
        requirements_sha256=facts.requirements_sha256,
        seed=facts.seed,
    )


def _cost(facts: RunFacts) -> CostPart:
    by_account = {
        name: AccountCost(requests=int(cost["requests"]), credits=cost["credits"]) for name, cost in facts.cost.items()
    }
    return CostPart(
        requests=sum(cost.requests for cost in by_account.values()),
        credits=sum(cost.credits for cost in by_account.values()),
        by_account=by_account,
    )


def _requirement(row: Judged) -> RequirementPart:
    requirement = row.requirement
    return RequirementPart(
        id=requirement.id,
        area=requirement.area,
        level=requirement.level,
        title=requirement.sentence,
        verdict=row.verdict,
        reason=_utf8(row.reason),
        checks=list(row.checks),
        sentence=requirement.sentence,
        source=requirement.source,
        rulings=list(requirement.rulings),
        hint=row.hint,
    )


def _check(outcome: Outcome) -> CheckPart:
    plain: dict[str, Any] = outcome.to_json()
    plain |= {name: _utf8(value) for name, value in plain.items() if isinstance(value, str)}
    plain["scenarios"] = [_utf8(name) for name in outcome.scenarios]
    plain["story"] = [_step(step) for step in outcome.story]
    return CheckPart(**{**plain, "seconds": round(outcome.seconds, 3)})


def _step(step: Step) -> StepPart:
    plain = step.to_json()
    return StepPart(**plain | {name: _utf8(value) for name, value in plain.items() if type(value) is str})


def _scenario(cost: Cost) -> ScenarioPart:
    return ScenarioPart(
        name=_utf8(cost.scenario),
        area=cost.area,
        requests=cost.requests,
        seconds=cost.seconds,
        exchanges=_ranges(cost.exchanges),
        attempts=_ranges(cost.attempts),
    )


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each row of numbers without a gap."""
    rows: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if rows and number == rows[-1][1] + 1:
            rows[-1] = (rows[-1][0], number)
        else:
            rows.append((number, number))
    return rows


def _utf8(text: str) -> str:
    """What came from a target may hold lone surrogates, which UTF-8 cannot carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def _observations(judgement: JudgedRun) -> list[ObservationPart]:
    return [ObservationPart(ruling=seen.ruling, text=_utf8(seen.text)) for seen in judgement.observations]
