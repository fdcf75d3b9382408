"""Joins the journals of all processes, and tells what each check and each scenario sent and received.

A check's evidence is that of its own scenario and of those it was given, so that what is shared stands with each.
Cost is counted once: every request belongs to one scenario, and every scenario to one area, or to all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.client.current import AT_THE_END
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.verdict import Cost, Outcome, Verdict

SHARED = frozenset({"first_contact", "submitted", "controls"})
"""Scenarios that are no area's: the first contact, the generation that every run makes, and whether others are served.

What no check was given is shared as well.
"""
NOTHING_SENT = "it judges what the target file says, which takes no request"


E = TypeVar("E", Exchange, Attempt)


def outcomes_with_evidence(
    outcomes: Iterable[tuple[Outcome, str]], evidence: Sequence[Exchange], arrived: Sequence[Attempt]
) -> list[Outcome]:
    """Each outcome of a process, with the evidence of its scenarios, or why there is none."""
    sent, came = _by_scenario(evidence), _by_scenario(arrived)
    numbered = {exchange.number: exchange for exchange in evidence}
    found = []
    for outcome, process in outcomes:
        exchanges = [exchange for name in outcome.scenarios for exchange in sent.get((process, name), ())]
        deciding = numbered.get(outcome.decided_by)
        if deciding is not None and deciding.scenario not in outcome.scenarios:
            exchanges.append(deciding)
        exchanges.sort(key=lambda exchange: (exchange.started, exchange.number))
        attempts = [attempt for name in outcome.scenarios for attempt in came.get((process, name), ())]
        attempts.sort(key=lambda attempt: attempt.arrived.monotonic)
        found.append(
            replace(
                outcome,
                scenarios=tuple(n for n in outcome.scenarios if (process, n) in sent or (process, n) in came),
                exchanges=tuple(exchange.number for exchange in exchanges),
                attempts=tuple(attempt.serial for attempt in attempts),
                requests=sum(exchange.costs for exchange in exchanges),
                no_evidence="" if exchanges or attempts else _why_none(outcome),
            )
        )
    return found


def _by_scenario(evidence: Iterable[E]) -> dict[tuple[str, str], list[E]]:
    found: dict[tuple[str, str], list[E]] = defaultdict(list)
    for one in evidence:
        found[one.process, one.scenario].append(one)
    return dict(found)


def _why_none(outcome: Outcome) -> str:
    return NOTHING_SENT if outcome.verdict is Verdict.PASS else outcome.message or outcome.hint or outcome.root


def costs(
    evidence: Sequence[Exchange], arrived: Sequence[Attempt], outcomes: Iterable[Outcome], areas: Mapping[str, str]
) -> tuple[Cost, ...]:
    """What each scenario took, over all processes. `areas` has the area of each requirement.

    A scenario belongs to the area of most of the checks that were given it. Each outcome names its scenarios as they
    were when it was found: also those that sent nothing themselves.
    """
    given = defaultdict[str, Counter[str]](Counter)
    for outcome in outcomes:
        area = next((areas[id_] for id_ in outcome.requirements if id_ in areas), "")
        for name in outcome.scenarios:
            given[name][area] += 1
    sent, came = defaultdict[str, list[Exchange]](list), defaultdict[str, list[int]](list)
    for exchange in evidence:
        sent[exchange.scenario].append(exchange)
    for attempt in arrived:
        came[attempt.scenario].append(attempt.serial)
    return tuple(_cost(name, sent[name], came[name], _area(name, given)) for name in (*sent, *(came.keys() - sent)))


def _area(name: str, given: Mapping[str, Counter[str]]) -> str:
    checks = given.get(name) or given.get(name.removesuffix(AT_THE_END))
    return checks.most_common(1)[0][0] if checks and name not in SHARED else ""


def _cost(name: str, exchanges: Sequence[Exchange], attempts: Sequence[int], area: str) -> Cost:
    began, ended = (exchanges[0].started, max(e.ended for e in exchanges)) if exchanges else (0.0, 0.0)
    return Cost(
        scenario=name,
        area=area,
        requests=sum(exchange.costs for exchange in exchanges),
        seconds=round(ended - began, 3),
        exchanges=tuple(exchange.number for exchange in exchanges),
        attempts=tuple(attempts),
    )
