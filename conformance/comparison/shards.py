"""The parts of one run, each a report of its own, as one report.

Tests may stand in one shard only. Checks of all traffic stand in each, and the most serious outcome counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from conformance.errors import ConfigurationError
from conformance.evidence.symptom import Symptom
from conformance.report import Report, report_of
from conformance.report.model import CheckPart, ScenarioPart
from conformance.requirements import load
from conformance.verdict import (
    DECISIVE_FIRST,
    Cost,
    Observation,
    Outcome,
    RunFacts,
    Selection,
    Verdict,
    judge,
)

NOT_CHOSEN = "not chosen"
ALL_TRAFFIC = "passive::"
_REMEDY = "merge the shards of one run: one target, one profile, one suite, each test in one of them"


def merged(reports: Sequence[Report]) -> Report:
    """One report. Raises ConfigurationError where the reports overlap, or are not of one run."""
    _must_belong_together(reports)
    _must_not_overlap(reports)
    moved = [_moved(report, offset) for report, offset in zip(reports, _offsets(reports), strict=True)]
    outcomes = _most_serious([outcome for some, _ in moved for outcome in some])
    seen = dict.fromkeys(Observation(one.ruling, one.text) for report in reports for one in report.observations)
    facts = _facts(reports, tuple(cost for _, some in moved for cost in some), outcomes)
    return report_of(judge(load(), outcomes, seen, facts, strict=reports[0].strict))


def _must_belong_together(reports: Sequence[Report]) -> None:
    first = reports[0]
    if first.suite.requirements_sha256 != load().sha256:
        raise ConfigurationError("the reports rest on other requirements than this suite has", "merge with their suite")
    if any(report.extensions for report in reports):
        raise ConfigurationError("a report with an extension cannot be merged", "run the extension by itself")
    for report in reports[1:]:
        for what, one, two in (
            ("target", first.target, report.target),
            ("profile", first.profile, report.profile),
            ("suite", first.suite.version, report.suite.version),
            ("requirements", first.suite.requirements_sha256, report.suite.requirements_sha256),
            ("contract", first.suite.contract_sha256, report.suite.contract_sha256),
            ("strictness", first.strict, report.strict),
        ):
            if one != two:
                raise ConfigurationError(f"the shards are no run of one {what}: {one}, and {two}", _REMEDY)


def _must_not_overlap(reports: Sequence[Report]) -> None:
    where: dict[str, tuple[int, Verdict]] = {}
    for place, report in enumerate(reports, 1):
        for check in report.checks:
            if check.id.startswith(ALL_TRAFFIC):
                continue
            before, verdict = where.setdefault(check.id, (place, check.verdict))
            if before != place:
                same = verdict is check.verdict
                how = "overlap" if same else f"contradict each other ({verdict}, and {check.verdict})"
                raise ConfigurationError(f"shards {before} and {place} {how} in {check.id}", _REMEDY)


def _offsets(reports: Sequence[Report]) -> list[int]:
    """What is added to the numbers of evidence, so that no two shards share one."""
    offsets, following = [], 0
    for report in reports:
        offsets.append(following)
        numbers = [number for part in report.scenarios for pair in (*part.exchanges, *part.attempts) for number in pair]
        following += max(numbers, default=-1) + 1
    return offsets


def _moved(report: Report, offset: int) -> tuple[list[Outcome], list[Cost]]:
    return [_outcome(check, offset) for check in report.checks], [_cost(part, offset) for part in report.scenarios]


def _outcome(check: CheckPart, offset: int) -> Outcome:
    plain = check.model_dump(mode="json")
    outcome = Outcome.from_json({**plain, "symptom": plain["symptom"] or Symptom().to_json()})
    story = (
        replace(s, exchanges=_plus(s.exchanges, offset), attempts=_plus(s.attempts, offset)) for s in outcome.story
    )
    return replace(
        outcome,
        story=tuple(story),
        exchanges=_plus(outcome.exchanges, offset),
        attempts=_plus(outcome.attempts, offset),
        beside=_plus(outcome.beside, offset),
        decided_by=outcome.decided_by + offset if outcome.decided_by >= 0 else -1,
        attempt=outcome.attempt + offset if outcome.attempt >= 0 else -1,
    )


def _plus(numbers: Iterable[int], offset: int) -> tuple[int, ...]:
    return tuple(number + offset for number in numbers)


def _cost(part: ScenarioPart, offset: int) -> Cost:
    exchanges = (number for first, last in part.exchanges for number in range(first, last + 1))
    attempts = (number for first, last in part.attempts for number in range(first, last + 1))
    return Cost(
        part.name, part.area, part.requests, part.seconds, _plus(exchanges, offset), _plus(attempts, offset)
    )  # fmt: skip


def _most_serious(outcomes: Iterable[Outcome]) -> list[Outcome]:
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        before = found.setdefault(outcome.id, outcome)
        if DECISIVE_FIRST.index(outcome.verdict) < DECISIVE_FIRST.index(before.verdict):
            found[outcome.id] = outcome
    return list(found.values())


def _facts(reports: Sequence[Report], costs: tuple[Cost, ...], outcomes: Sequence[Outcome]) -> RunFacts:
    first = reports[0]
    left_out = _left_out(reports)
    return RunFacts(
        profile=first.profile,
        target_name=first.target.name,
        base_url=first.target.base_url,
        seed=first.suite.seed,
        started_at=min(report.started_at for report in reports),
        finished_at=max(report.finished_at for report in reports),
        wall_seconds=sum(report.wall_seconds for report in reports),
        suite_version=first.suite.version,
        contract_sha256=first.suite.contract_sha256,
        requirements_sha256=first.suite.requirements_sha256,
        cost=_spent(reports),
        costs=costs,
        interrupted=any(report.interrupted for report in reports),
        left_out=left_out,
        selection=_selection(reports, outcomes) if NOT_CHOSEN in left_out.values() else None,
        problems=tuple(dict.fromkeys(problem for report in reports for problem in report.problems)),
        warnings=tuple(dict.fromkeys(warning for report in reports for warning in report.warnings)),
        environment=first.environment.model_dump() if first.environment else {},
        vendor=first.vendor.model_dump() if first.vendor else {},
    )


def _left_out(reports: Sequence[Report]) -> dict[str, str]:
    """Why a requirement was tested in no shard; that it was not chosen is told where there is no other reason."""
    reasons: dict[str, list[str]] = {}
    tested = {row.id for report in reports for row in report.requirements if row.verdict is not Verdict.NOT_TESTED}
    for report in reports:
        for row in report.requirements:
            if row.id not in tested:
                reasons.setdefault(row.id, []).append(row.reason)
    return {id_: next((one for one in told if one != NOT_CHOSEN), NOT_CHOSEN) for id_, told in reasons.items()}


def _spent(reports: Sequence[Report]) -> dict[str, dict[str, float]]:
    spent: dict[str, Any] = {}
    for report in reports:
        for name, cost in report.cost.by_account.items():
            before = spent.setdefault(name, {"requests": 0, "credits": 0})
            spent[name] = {"requests": before["requests"] + cost.requests, "credits": before["credits"] + cost.credits}
    return spent


def _selection(reports: Sequence[Report], outcomes: Iterable[Outcome]) -> Selection:
    chosen = [report.suite.selection for report in reports if report.suite.selection]
    return Selection(
        tuple(dict.fromkeys(word for part in chosen for word in part.words)),
        frozenset(id_ for part in chosen for id_ in part.requirements),
        tests=frozenset(one.id for one in outcomes if not one.id.startswith(ALL_TRAFFIC)),
    )
