"""Promises about every exchange, whatever it was sent for."""

import re
from collections import defaultdict

from conformance.checks.expect import told
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.lifecycle import asked_for, calls_by_generation
from conformance.checks.table import judges
from conformance.checks.windows import limited
from conformance.contract import Violation, load
from conformance.evidence import Exchange
from conformance.evidence.blame import of_a_gateway
from conformance.evidence.symptom import STATUS, Symptom

OK = 200
IN_TIME = 5.0
SCHEME = Symptom("header WWW-Authenticate", "on a 401", "nothing")
PLANS_WITH_ACCESS = frozenset({"primary", "other", "burner", "broke", "capped", "metered"})


@judges(spoilt=True)
def as_documented(evidence: Evidence) -> Ruled:
    """Every response against the contract: status, headers, schema; each violation charged to its own requirement.

    A 200 for an id that nobody was given is wrong by itself, whatever it holds. Where what first calls are answered is
    wrong in its body, repeats, which are answered the same, are not charged with theirs.
    """
    contract, judged = load(), set[str]()
    findings, of_first_calls, of_repeats = list[Finding](), list[Finding](), list[Finding]()
    repeats, given = _repeats(evidence), calls_by_generation(evidence)
    for exchange in evidence:
        if not exchange.operation or exchange.response is None or exchange.failure or of_a_gateway(exchange):
            continue
        if exchange.operation == "generation" and exchange.status == OK and asked_for(exchange) not in given:
            continue
        repeated = id(exchange) in repeats
        judgement = contract.judge(
            exchange.operation, exchange.status, exchange.response.headers, exchange.response.body,
            valid_key=exchange.sent_key, replay=repeated,
        )  # fmt: skip
        judged |= judgement.judged
        for violation in judgement.violations:
            accepts = exchange.operation == "generate" and violation.place.startswith("body") and exchange.status < 300
            charged = (of_repeats if repeated else of_first_calls) if accepts else findings
            charged += _charged(violation, exchange)
    return Ruled(frozenset(judged), (*findings, *(of_first_calls or of_repeats)))


def _charged(violation: Violation, exchange: Exchange) -> list[Finding]:
    expected = f"{violation.place}: {violation.expected}"
    symptom = Symptom(violation.place, violation.expected, violation.received)
    return [Finding(name, expected, violation.received, exchange, symptom=symptom) for name in violation.requirements]


def _repeats(evidence: Evidence) -> set[int]:
    """The calls, by identity, whose idempotency key another call of the account had brought before, or meanwhile."""
    begun: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for exchange in evidence:
        if key := exchange.request.header("idempotency-key"):
            begun[exchange.account, key].append(exchange)
    return {
        id(call)
        for calls in begun.values()
        for call in calls
        if any(before is not call and before.started < call.ended for before in calls)
    }


@judges("API-2", spoilt=True)
def no_server_error(evidence: Evidence) -> Ruled:
    """No request draws a 5xx. 502, 503 and 504 may be the infrastructure's, unless they are charged (R44)."""
    answered = [e for e in evidence if e.response and (e.operation or "api" in e.tags)]
    findings: list[Finding] = []
    doubts: list[Finding] = []
    for exchange in answered:
        if exchange.status < 500:
            continue
        symptom = Symptom(STATUS, "no 5xx", str(exchange.status))
        finding = Finding("API-2", symptom.due, told(exchange), exchange, symptom=symptom)
        (doubts if of_a_gateway(exchange) else findings).append(finding)
    return Ruled(frozenset({"API-2"} if answered else ()), tuple(findings), tuple(doubts))


@judges("AUTH-15")
def key_is_not_echoed(evidence: Evidence) -> Ruled:
    """SHOULD: no response repeats the API key (in the evidence a key is a token that names its account)."""
    answered = [e for e in evidence if e.response and e.account]
    wrong = tuple(
        Finding("AUTH-15", "no API key in a response", "the key of the request", e)
        for e in answered
        if _mentions(e, re.compile(rf"REDACTED-{e.account}(?!-cookie)"))
    )
    return Ruled(frozenset({"AUTH-15"} if answered else ()), wrong)


def _mentions(exchange: Exchange, token: re.Pattern[str]) -> bool:
    response = exchange.response
    if response is None:
        return False
    texts = (response.body.decode(errors="replace"), *(value for _, value in response.headers))
    return any(token.search(text) for text in texts)


@judges("AUTH-14")
def scheme_is_named(evidence: Evidence) -> Ruled:
    """SHOULD: a 401 to a call that takes a key names the scheme (RFC 9110, 11.6.1). A dashboard takes a cookie."""
    refused = [e for e in evidence if limited(e) and e.status == 401]
    wrong = tuple(
        Finding("AUTH-14", "WWW-Authenticate on a 401", "none", e, symptom=SCHEME)
        for e in refused
        if not e.header("www-authenticate")
    )
    return Ruled(frozenset({"AUTH-14"} if refused else ()), wrong)


@judges("PLAN-1")
def plan_gives_access(evidence: Evidence) -> Ruled:
    """A key of a Pro or Max plan is never answered 403, but for another account's generation (R24)."""
    open_to_all = {name for name, operation in load().keyed.items() if not operation.takes_id}
    calls = [e for e in evidence if e.account in PLANS_WITH_ACCESS and e.operation in open_to_all]
    symptom = Symptom(STATUS, "no 403 to a Pro or Max plan", "403")
    forbidden = [e for e in calls if e.status == 403]
    wrong = tuple(Finding("PLAN-1", symptom.due, told(e), e, symptom=symptom) for e in forbidden)
    return Ruled(frozenset({"PLAN-1"} if calls else ()), wrong)


@judges("GEN-3", "LIFE-2")
def answers_at_once(evidence: Evidence) -> Ruled:
    """SHOULD: neither accepting nor polling waits for the image."""
    judged, findings = set(), []
    for requirement, operation, statuses in (("GEN-3", "generate", {202}), ("LIFE-2", "generation", {200})):
        calls = [e for e in evidence if e.operation == operation and e.status in statuses and "held" not in e.tags]
        judged |= {requirement} if calls else set()
        findings += [
            Finding(requirement, f"an answer within {IN_TIME:g} s", f"after {e.seconds:.1f} s", e)
            for e in calls
            if e.seconds > IN_TIME
        ]
    return Ruled(frozenset(judged), tuple(findings))


@judges("HOOK-5")
def secret_shown_once(evidence: Evidence) -> Ruled:
    """A webhook's secret stands in the answer to its registration and in no other response."""
    secrets = {
        re.compile(re.escape(str(e.member("secret")).removeprefix("whsec_"))): e
        for e in evidence
        if e.operation == "registerWebhook" and e.status in {200, 201} and e.member("secret")
    }
    # Two registrations with one secret are another requirement's (HOOK-4).
    later = [e for e in evidence if secrets and e.response and "account" in e.tags and not _registered(e)]
    findings = tuple(
        Finding("HOOK-5", "no response with the secret but the registration's", told(e), e)
        for e in later
        for secret, registration in secrets.items()
        if e.started > registration.ended and _mentions(e, secret)
    )
    return Ruled(frozenset({"HOOK-5"} if later else ()), findings)


def _registered(exchange: Exchange) -> bool:
    return exchange.request.method == "POST" and 200 <= exchange.status < 300
