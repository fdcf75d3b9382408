"""A call beside the one that was answered wrongly: it differs little, was answered rightly, and shows what matters."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence import Exchange, parsed
from conformance.evidence.delivery import endpoint_in_words
from conformance.evidence.exchange import REQUEST_ID
from conformance.evidence.symptom import NOT, STATUS
from conformance.report.model import CheckPart, FindingPart, Report
from conformance.report.siblings import passing
from conformance.verdict import Verdict

MOST_DIFFERENCES = 3
"""Of a call: in its path, its headers (whose key it bears is one of them), and the members of its body."""
_NEVER_MATTERS = {REQUEST_ID.lower(), "host", "content-length", "idempotency-key"}
"""Of headers: a fresh key is as good as another."""


def neighbour(finding: FindingPart, check: CheckPart, report: Report, sent: Mapping[int, Exchange]) -> Exchange | None:
    """Where a wrong status decided the check, and a passed check of its requirement has such a call.

    It was answered what was due, no failed check speaks of it, and nobody compared the decisive call with another.
    """
    wrong, symptom = sent.get(check.decided_by), check.symptom
    if wrong is None or not wrong.operation or symptom is None or check.attempt >= 0 or check.beside:
        return None
    due = _statuses(symptom.due) if symptom.about == STATUS else None
    if due is None:
        return None
    spoilt = {number for each in report.checks if each.verdict is Verdict.FAIL for number in _spoken_of(each)}
    found = [
        (count, place, number)
        for place, sibling in enumerate(passing(finding, report))
        for number in sibling.exchanges
        if number not in spoilt
        and (one := sent.get(number))
        and one.operation == wrong.operation
        and due.fullmatch(str(one.status))
        and (count := _differences(one, wrong)) <= MOST_DIFFERENCES
    ]
    return sent[min(found)[2]] if found else None


def right_endpoints(finding: FindingPart, report: Report) -> frozenset[str]:
    """The endpoints at which the first test of a finding passed, in words: its parameters name them."""
    test = finding.checks[0].partition("[")[0]
    names = (check.id.partition("[") for check in passing(finding, report))
    return frozenset(endpoint_in_words(name.removesuffix("]")) for own, _, name in names if name and own == test)


def _spoken_of(check: CheckPart) -> Iterable[int]:
    """Of a check of all traffic, all that it found at fault."""
    return check.exchanges if check.id.startswith("passive::") else (check.decided_by, *check.beside)


def _statuses(due: str) -> re.Pattern[str] | None:
    """What "2xx" and "404 or 403" are; None for words that say what it must not be."""
    if due.startswith(NOT) or not re.fullmatch(r"\d(\d\d|xx)( or \d(\d\d|xx))*", due):
        return None
    return re.compile(due.replace("xx", r"\d\d").replace(" or ", "|"))


def _differences(one: Exchange, other: Exchange) -> int:
    first, second = _parts(one), _parts(other)
    return sum(first.get(name) != second.get(name) for name in first.keys() | second.keys())


def _parts(exchange: Exchange) -> dict[str, Any]:
    """What a request consists of, by name."""
    request, parts = exchange.request, urlsplit(exchange.request.url)
    named = ((name.lower(), value) for name, value in request.headers)
    headers = {f"header {name}": value for name, value in named if name not in _NEVER_MATTERS}
    query = {f"query {name}": value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
    body = parsed(request.body)
    members = (
        {f"body {name}": value for name, value in body.items()} if isinstance(body, dict) else {"body": request.body}
    )
    known = {"method": request.method, "path": parts.path, "keyed": request.header("Idempotency-Key") is not None}
    return known | headers | query | members
