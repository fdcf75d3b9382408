"""The rulings of the passive checks as outcomes, one for each requirement a check ruled on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from conformance.checks.expect import shorten
from conformance.checks.finding import Finding
from conformance.checks.passive import CHECKS, Traffic, rule
from conformance.evidence import Exchange
from conformance.evidence.blame import spoilt
from conformance.plan.settings import is_extensions
from conformance.requirements import load
from conformance.session.alike import told
from conformance.session.outcomes import OUR_FAULT
from conformance.session.repeating import curl_of
from conformance.session.symptoms import symptom_of
from conformance.verdict import Outcome, Verdict

MOST_EXCHANGES = 20
"""Exchanges at fault that are named; `received` says how many there are."""
ALL_TRAFFIC = "it judges every exchange of the run, and found none at fault"


def outcomes_of_traffic(
    evidence: list[Exchange], variables: Mapping[str, str], *, a_server_each: bool
) -> list[Outcome]:
    """Judge all exchanges of the suite. `a_server_each`: every process had an embedded server of its own.

    `variables` hold the credentials for lines of curl.
    """
    servers = [_traffic(group) for group in _by_server(evidence, a_server_each=a_server_each)]
    return [outcome for check in CHECKS for outcome in _outcomes_of(check, servers, variables)]


def _traffic(evidence: list[Exchange]) -> Traffic:
    """Apart from what an extension sent."""
    own = [exchange for exchange in evidence if not is_extensions(exchange.scenario)]
    return Traffic.of(own, [exchange for exchange in evidence if is_extensions(exchange.scenario)])


def _outcomes_of(check: str, servers: list[Traffic], variables: Mapping[str, str]) -> list[Outcome]:
    try:
        ruled = rule(check, servers)
    except Exception as error:  # noqa: BLE001 - one check that breaks must not take the report with it
        charged = tuple(sorted(CHECKS[check].requirements))
        message = f"the check broke: {type(error).__name__}: {error}"
        return [
            Outcome(f"passive::{check}", charged, Verdict.ERROR, message=message, hint=OUR_FAULT, no_evidence=message)
        ]
    found, doubtful = _by_requirement(ruled.findings), _by_requirement(ruled.doubts)
    every = [exchange for server in servers for exchange in server.every]
    outcomes = []
    for requirement in sorted(ruled.judged | found.keys() | doubtful.keys() | ruled.withheld.keys()):
        title = load()[requirement].sentence
        base = Outcome(f"passive::{check}::{requirement}", (requirement,), Verdict.PASS, title=title)
        if requirement in found:
            outcomes.append(_told(base, Verdict.FAIL, found[requirement], every, variables))
        elif requirement in doubtful:
            outcomes.append(_told(base, Verdict.INCONCLUSIVE, doubtful[requirement], every, variables))
        elif requirement in ruled.judged:
            outcomes.append(replace(base, no_evidence=ALL_TRAFFIC))
        else:
            why = ruled.withheld[requirement]
            outcomes.append(replace(base, verdict=Verdict.NOT_APPLICABLE, message=why, no_evidence=why))
    return outcomes


def _by_server(evidence: list[Exchange], *, a_server_each: bool) -> list[list[Exchange]]:
    if not a_server_each:
        return [evidence]
    groups: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in evidence:
        groups[exchange.process].append(exchange)
    return list(groups.values())


def _by_requirement(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.requirement].append(finding)
    return grouped


def _told(
    base: Outcome, verdict: Verdict, findings: list[Finding], every: list[Exchange], variables: Mapping[str, str]
) -> Outcome:
    first, exchanges = findings[0], [finding.exchange for finding in findings]
    alike = told([*{id(exchange): exchange for exchange in exchanges}.values()], every)
    received = f"{shorten(first.received, 500)} in {first.exchange.told}{f' ({alike})' if alike else ''}"
    return Outcome(
        id=base.id,
        requirements=base.requirements,
        title=base.title,
        verdict=verdict,
        expected=first.expected,
        received=received,
        message=f"expected {first.expected}; received {received}",
        curl=curl_of(first.exchange, base.requirements, variables, passive=True, alone=not first.beside),
        root=_root(first) if verdict is Verdict.INCONCLUSIVE else "",
        exchanges=tuple(dict.fromkeys(exchange.number for exchange in exchanges))[:MOST_EXCHANGES],
        scenarios=tuple(dict.fromkeys(exchange.scenario for exchange in exchanges if exchange.scenario)),
        decided_by=first.exchange.number,
        beside=tuple(exchange.number for exchange in first.beside),
        symptom=symptom_of(first.symptom, exchanges),
    )


def _root(doubt: Finding) -> str:
    """What stands in the way of a doubt's verdict; the doubt itself where nothing outside the target does."""
    reason = spoilt(doubt.exchange)
    return reason.root if reason else ""
