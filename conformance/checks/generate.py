"""What all generate calls of a run say together: what was accepted, at what price, and what a refusal names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.checks.expect import shown, told
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.lifecycle import polls_by_generation
from conformance.checks.table import judges
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.evidence.blame import spoilt
from conformance.evidence.symptom import STATUS, Symptom

DEFAULTS = {"type": "text2img", "size": "1024x1024", "quality": "medium", "n": 1}
DEAR = ("low", "medium", "high")
TOGETHER = {"type": ("type", "inputImageKeys"), "inputImageKeys": ("type", "inputImageKeys")}
"""An edit without keys is wrong in both fields: either name will do."""
FOR_ITS_SIZE = 64 * 1024
"""Bytes of a body; a longer one may be refused as a whole, before any field of it is looked at."""


@judges("GEN-44")
def names_the_field(evidence: Evidence) -> Ruled:
    """A 400 for one wrong field names it (R15), in whatever shape its message has.

    Not where the body was sent as something else than JSON: then it is refused as a whole.
    """
    refused = [(e, fields) for e in evidence if e.operation == "generate" and e.status == 400
               and e.account and is_sent_as_json(e) and len(e.request.body) <= FOR_ITS_SIZE
               and (fields := wrong_fields(e.request.json))]  # fmt: skip
    findings = tuple(
        Finding("GEN-44", f"a message that names {' or '.join(fields)}", told(e), e)
        for e, fields in refused
        if not any(names(e, field) for field in fields)
    )
    return Ruled(frozenset({"GEN-44"} if refused else ()), findings)


def is_sent_as_json(exchange: Exchange) -> bool:
    sent = exchange.request.header("content-type") or ""
    return sent.partition(";")[0].strip().lower() == "application/json"


def wrong_fields(body: Any) -> tuple[str, ...]:
    """The fields whose name a refusal of this body may give; none when the body as a whole is wrong, or nothing is."""
    if not isinstance(body, dict):
        return ()
    judgement = load().judge_request("generate", body)
    found = dict.fromkeys(
        name
        for violation in judgement.violations
        if not violation.open and (field := violation.field)
        for name in TOGETHER.get(field, (field,))
    )
    return (*found, *(_unknown(body) if found else ()))


def _unknown(body: dict[str, Any]) -> list[str]:
    """Properties that the documentation has not, which may be refused, and then named, before what is wrong (R15)."""
    return sorted(body.keys() - load().operations["generate"].fields.keys())


def names(exchange: Exchange, field: str) -> bool:
    """As a word of its own: the letter n stands in any sentence."""
    texts = _texts(exchange.json) if exchange.json is not None else [_raw(exchange)]
    return any(re.search(rf"(?<![A-Za-z0-9]){re.escape(field)}(?![A-Za-z0-9])", text, re.IGNORECASE) for text in texts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    else:
        yield str(value)


def _raw(exchange: Exchange) -> str:
    return exchange.response.body.decode(errors="replace") if exchange.response else ""


@judges("GEN-1", "GEN-2", spoilt=True)
def accepted_with_202(evidence: Evidence) -> Ruled:
    """A call that is accepted for the first time is answered 202 and no other 2xx."""
    judged, findings = set(), []
    for exchange in _accepted(evidence):
        body = exchange.request.json
        requirement = "GEN-2" if isinstance(body, dict) and body.get("type") == "edit" else "GEN-1"
        judged.add(requirement)
        if exchange.status != 202:
            symptom = Symptom(STATUS, "202", str(exchange.status))
            findings.append(Finding(requirement, "status 202", told(exchange), exchange, symptom=symptom))
    return Ruled(frozenset(judged), tuple(findings))


@judges("IDEM-13")
def makes_its_own(evidence: Evidence) -> Ruled:
    """Calls without an idempotency key never share a generation, however alike they are."""
    seen: dict[str, Exchange] = {}
    keyless = [e for e in _accepted(evidence) if not e.request.header("idempotency-key")]
    findings, calls = [], [e for e in keyless if isinstance(e.member("generationId"), str)]
    for exchange in calls:
        found = exchange.member("generationId")
        if found in seen:
            findings.append(
                Finding("IDEM-13", "a generation of its own", f"{shown(found)} again", exchange, (seen[found],))
            )
        seen[found] = exchange
    return Ruled(frozenset({"IDEM-13"} if len(calls) > 1 else ()), tuple(findings))


@judges("PLAN-9")
def low_costs_one(evidence: Evidence) -> Ruled:
    """One image of low quality costs exactly 1 credit; before success, or without it, 0 is allowed as well."""
    polls = [
        poll
        for order, record in _orders(evidence)
        if order["quality"] == "low" and order["n"] == 1
        for poll in record
        if _price(poll) is not None
    ]
    findings = tuple(
        Finding(
            "PLAN-9",
            "costCredits 1",
            shown(_price(poll)),
            poll,
            symptom=Symptom("body.costCredits", "1 for one image of low quality", shown(_price(poll))),
        )
        for poll in polls
        if _price(poll) != 1 and not (_price(poll) == 0 and poll.member("status") != "succeeded")
    )
    return Ruled(frozenset({"PLAN-9"} if polls else ()), findings)


@judges("PLAN-10")
def dearer_costs_more(evidence: Evidence) -> Ruled:
    """SHOULD: for the same type, size and n, low costs no more than medium, and medium no more than high."""
    prices: dict[tuple[Any, ...], dict[str, tuple[float, Exchange]]] = defaultdict(dict)
    for order, record in _orders(evidence):
        poll = record[-1]
        price = _price(poll)
        if price is not None and poll.member("status") == "succeeded":
            prices[order["type"], order["size"], order["n"]][order["quality"]] = price, poll
    pairs = [pair for group in prices.values() for pair in _pairs(group)]
    findings = tuple(
        Finding(
            "PLAN-10",
            f"costCredits of {better} at least {cheap[0]:g}, as of {worse}",
            f"{dear[0]:g}",
            dear[1],
            (cheap[1],),
        )
        for (worse, cheap), (better, dear) in pairs
        if dear[0] < cheap[0]
    )
    return Ruled(frozenset({"PLAN-10"} if pairs else ()), findings)


Priced = tuple[str, tuple[float, Exchange]]


def _pairs(group: dict[str, tuple[float, Exchange]]) -> Iterator[tuple[Priced, Priced]]:
    for position, worse in enumerate(DEAR):
        for better in DEAR[position + 1 :]:
            if worse in group and better in group:
                yield (worse, group[worse]), (better, group[better])


def _accepted(evidence: Evidence) -> list[Exchange]:
    """First acceptances for certain: without an idempotency key, or under one that no other call of the run bore.

    A call whose answer was lost bore its key all the same.
    """
    calls = [e for e in evidence if e.operation == "generate"]
    bore = Counter(e.request.header("idempotency-key") for e in calls)
    accepted = (e for e in calls if 200 <= e.status < 300 and not spoilt(e))
    return [e for e in accepted if _alone(e.request.header("idempotency-key"), bore)]


def _alone(key: str | None, bore: Counter[str | None]) -> bool:
    return not key or bore[key] == 1


def _orders(evidence: Evidence) -> Iterable[tuple[dict[str, Any], list[Exchange]]]:
    """What was ordered, defaults filled in, and the polls of it."""
    polls = polls_by_generation(evidence)
    for exchange in evidence:
        body, found = exchange.request.json, exchange.member("generationId")
        first = exchange.operation == "generate" and exchange.status == 202 and isinstance(body, dict)
        if first and "replay" not in exchange.tags and found in polls and _plain(body):
            yield DEFAULTS | body, polls[found]


def _plain(body: dict[str, Any]) -> bool:
    """Valid by the contract, and nothing in it that the documentation leaves open."""
    return load().accepts("generate", body) and not isinstance(body.get("n"), float)


def _price(poll: Exchange) -> float | None:
    price = poll.member("costCredits")
    return price if isinstance(price, int | float) and not isinstance(price, bool) else None
