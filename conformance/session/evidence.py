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
Taken = tuple[str, str, str]
"""A process of a run that was resumed, a scenario, and the process from which it took that scenario's value."""


def outcomes_with_evidence(
    outcomes: Iterable[tuple[Outcome, str]], evidence: Sequence[Exchange], arrived: Sequence[Attempt],
    taken: Iterable[Taken] = (),
) -> list[Outcome]:  # fmt: skip
    """Each outcome of a process, with the evidence of its scenarios, or why there is none."""
    took = sorted(taken)
    sent, came = _by_scenario(evidence, took), _by_scenario(arrived, took)
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


def _by_scenario(evidence: Iterable[E], taken: Iterable[Taken]) -> dict[tuple[str, str], list[E]]:
    own: dict[tuple[str, str], list[E]] = defaultdict(list)
    for one in evidence:
        own[one.process, one.scenario].append(one)
    found = dict(own)
    for process, scenario, origin in taken:
        both = own.get((process, scenario), []) + own.get((origin, scenario), [])
        found |= {(process, scenario): both} if both else {}
    return found


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
    return Cost(
        scenario=name,
        area=area,
        requests=sum(exchange.costs for exchange in exchanges),
        seconds=round(sum(map(_seconds, _by_process(exchanges))), 3),
        exchanges=tuple(exchange.number for exchange in exchanges),
        attempts=tuple(attempts),
    )


def _by_process(exchanges: Sequence[Exchange]) -> list[list[Exchange]]:
    """What each process sent: between two parts of a run that was resumed, nothing went on."""
    found: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        found[exchange.process].append(exchange)
    return list(found.values())


def _seconds(exchanges: Sequence[Exchange]) -> float:
    return max(exchange.ended for exchange in exchanges) - exchanges[0].started
