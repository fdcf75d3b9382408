"""From outcomes to the report."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from conformance.report.model import (
    AccountCost,
    AreaPart,
    CheckPart,
    CostPart,
    EnvironmentPart,
    ExtensionPart,
    FindingPart,
    KnownPart,
    ObservationPart,
    PlannedAccount,
    PlannedPart,
    Report,
    RequirementPart,
    ScenarioPart,
    SelectionPart,
    StepPart,
    SuitePart,
    SymptomPart,
    TargetPart,
    VendorPart,
)
from conformance.report.numbers import ranges
from conformance.verdict import Cost, Finding, Judged, JudgedRun, Outcome, RunFacts, Selection, Step, Verdict

PLANNED = ("requests", "generations", "credits", "images")


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
        suite=_suite(judgement),
        started_at=facts.started_at,
        finished_at=facts.finished_at,
        wall_seconds=round(facts.wall_seconds, 3),
        cost=_cost(facts),
        tested=judgement.tested,
        total=judgement.total,
        problems=list(facts.problems),
        warnings=[*facts.warnings, *_beside(judgement)],
        areas=[AreaPart(area=area.prefix, title=area.title) for area in judgement.areas],
        findings=_findings(judgement),
        requirements=[_requirement(row) for row in judgement.rows],
        checks=[_check(outcome) for outcome in judgement.outcomes],
        scenarios=[_scenario(cost) for cost in facts.costs],
        observations=_observations(judgement),
        known_failures=[*_known(judgement)],
        extensions=[*_extensions(judgement)],
        environment=EnvironmentPart(**facts.environment) if facts.environment else None,
        vendor=VendorPart(**{name: _utf8(text) for name, text in facts.vendor.items()}) if facts.vendor else None,
        planned=_planned(facts),
    )


def _extensions(run: JudgedRun) -> Iterator[ExtensionPart]:
    judgement, registry = run.extension, run.facts.extension
    if judgement is None or registry is None:
        return
    [area] = judgement.areas
    yield ExtensionPart(
        area=area.prefix,
        title=area.title,
        requirements_sha256=registry.sha256,
        verdict=judgement.verdict,
        summary=judgement.summary,
        because=list(judgement.because),
        exit_status=judgement.exit_status,
        tested=judgement.tested,
        total=judgement.total,
        findings=[_finding(finding, ()) for finding in judgement.findings],
        requirements=[_requirement(row) for row in judgement.rows],
        checks=[_check(outcome) for outcome in judgement.outcomes],
    )


def _suite(judgement: JudgedRun) -> SuitePart:
    facts = judgement.facts
    return SuitePart(
        version=facts.suite_version,
        contract_sha256=facts.contract_sha256,
        requirements_sha256=facts.requirements_sha256,
        seed=facts.seed,
        selection=_selection(judgement.selection),
        evidence_sha256=facts.evidence_sha256,
    )


def _selection(chosen: Selection | None) -> SelectionPart | None:
    if chosen is None:
        return None
    about = sorted(chosen.requirements, key=_in_order)
    return SelectionPart(words=list(map(_utf8, chosen.words)), requirements=about, tests=len(chosen.tests))


def _in_order(id_: str) -> tuple[str, int]:
    area, _, number = id_.partition("-")
    return area, int(number)


def _beside(judgement: JudgedRun) -> list[str]:
    """What was seen to be broken and is not what the run is about."""
    about = judgement.selection.requirements if judgement.selection else frozenset()
    failed = (row.requirement.id for row in judgement.rows if row.verdict is Verdict.FAIL)
    beside = [id_ for id_ in failed if about and id_ not in about]
    return [f"{', '.join(beside)} failed as well: not chosen, so that it decides nothing"] if beside else []


def _cost(facts: RunFacts) -> CostPart:
    by_account = {
        name: AccountCost(requests=int(cost["requests"]), credits=cost["credits"]) for name, cost in facts.cost.items()
    }
    return CostPart(
        requests=sum(cost.requests for cost in by_account.values()),
        credits=sum(cost.credits for cost in by_account.values()),
        by_account=by_account,
    )


def _planned(facts: RunFacts) -> PlannedPart | None:
    if not facts.planned:
        return None
    sums = {what: int(sum(amount[what] for amount in facts.planned.values())) for what in PLANNED}
    by_account = {name: PlannedAccount.model_validate(dict(amount)) for name, amount in facts.planned.items()}
    return PlannedPart(**sums, by_account=by_account)


def _requirement(row: Judged) -> RequirementPart:
    requirement = row.requirement
    return RequirementPart(
        id=requirement.id,
        area=requirement.area,
        level=requirement.level,
        title=requirement.sentence,
        verdict=row.verdict,
        reason=_utf8(row.reason),
        checks=list(map(_utf8, row.checks)),
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
    plain["symptom"] = _symptom(plain["symptom"]) if outcome.verdict is Verdict.FAIL else None
    return CheckPart(**{**plain, "seconds": round(outcome.seconds, 3)})


def _symptom(plain: dict[str, Any]) -> SymptomPart:
    texts = {name: _utf8(value) for name, value in plain.items() if isinstance(value, str)}
    lists = {name: [_utf8(text) for text in plain[name]] for name in ("where", "generations")}
    return SymptomPart(**{**plain, **texts, **lists})


def _step(step: Step) -> StepPart:
    plain = step.to_json()
    return StepPart(**plain | {name: _utf8(value) for name, value in plain.items() if type(value) is str})


def _findings(judgement: JudgedRun) -> list[FindingPart]:
    """The new ones first."""
    known = judgement.known
    every = [_finding(one, known.accounting_for(one) if known else ()) for one in judgement.findings]
    return sorted(every, key=lambda finding: bool(finding.known))


def _finding(finding: Finding, known: Iterable[str]) -> FindingPart:
    plain: dict[str, Any] = asdict(finding)
    plain |= {name: _utf8(value) for name, value in plain.items() if isinstance(value, str)}
    ids = {name: list(map(_utf8, plain[name])) for name in ("checks", "dependents")}
    return FindingPart(**plain | ids, known=list(known))


def _known(judgement: JudgedRun) -> Iterable[KnownPart]:
    for entry, state in judgement.known.states if judgement.known else ():
        yield KnownPart(id=entry.id, state=state, reason=entry.reason, owner=entry.owner, expires=entry.expires)


def _scenario(cost: Cost) -> ScenarioPart:
    return ScenarioPart(
        name=_utf8(cost.scenario),
        area=cost.area,
        requests=cost.requests,
        seconds=cost.seconds,
        exchanges=ranges(cost.exchanges),
        attempts=ranges(cost.attempts),
    )


def _utf8(text: str) -> str:
    """What came from a target may hold lone surrogates, which UTF-8 cannot carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def _observations(judgement: JudgedRun) -> list[ObservationPart]:
    return [ObservationPart(ruling=seen.ruling, text=_utf8(seen.text)) for seen in judgement.observations]
