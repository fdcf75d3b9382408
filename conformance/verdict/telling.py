"""Tells a deviation in one short sentence that could stand in a bug ticket, and where in the server it likely is.

What came stands before what was due: "attempt 1, answered 429, is not retried".
"""

import re
from collections.abc import Iterable, Sequence

from conformance.errors import sentence
from conformance.evidence.symptom import MISSING, NOT, STATUS, Symptom
from conformance.verdict.causes import of_all_traffic
from conformance.verdict.outcome import Outcome

MOST = 100
"""Characters of what was due or what came."""
_REFUSED = {
    "401": "A request without a valid Authorization header",
    "402": "A call that the account cannot pay for",
    "403": "A call on a plan without API access",
    "404": "A request for what is not there",
    "429": "A call beyond the rate limit",
}
"""What is refused with a status, whatever the reason was."""
_ORDER = {
    ("401", "429"): "the rate limiter runs before authentication",
    ("401", "402"): "the credits are looked at before authentication",
    ("401", "409"): "the idempotency key is looked up before authentication",
    ("403", "402"): "the credits are looked at before the plan",
    ("402", "429"): "the rate limiter counts what cannot be paid for",
}
"""By the status that was due and the one that came: what this order of statuses shows."""
_SERVED = {"402": "A call that the account has the credits for"}
"""What is to be served, by the status that it is refused with."""
PARSER = "the JSON body parser"


def cause(group: Sequence[Outcome]) -> str:
    """One sentence, without a full stop; `group` are the failed checks, the decisive one first."""
    outcome, symptom = group[0], group[0].symptom
    if symptom.about == STATUS:
        words = _of_status([each.symptom for each in group if each.symptom.about == STATUS])
    elif symptom.about.startswith(("body", "header ")) and symptom.due:
        words = _of_place(symptom)
    elif symptom.about and symptom.due:
        words = f"{symptom.about.rstrip(':')} is {_of_value(symptom)}"
    elif outcome.expected:
        words = f"received {_short(_head(outcome.received))}, but expected {_short(_head(outcome.expected))}"
    else:
        words = outcome.message
    complete = symptom.about == STATUS or of_all_traffic(outcome) or _says_what_was_due(symptom)
    probes = () if complete else (symptom.probe,)
    return sentence(words + _probes(probes))


def place(group: Sequence[Outcome]) -> str:
    """Where it likely is; empty where the evidence does not tell."""
    symptoms = [each.symptom for each in group if each.symptom.about == STATUS]
    shown = {_ORDER.get((each.due, str(each.status)), "") for each in symptoms}
    if len(shown) == 1 and (order := shown.pop()):
        return order
    return PARSER if symptoms and all(each.no_json and each.status >= 500 for each in symptoms) else ""


def _of_status(symptoms: Sequence[Symptom]) -> str:
    first = symptoms[0]
    came = _either(dict.fromkeys(str(each.status or "nothing") for each in symptoms if each.due == first.due))
    where = [*dict.fromkeys(name for each in symptoms for name in each.where)]
    subject = _REFUSED.get(first.due) or (_SERVED.get(came, "") if first.due == "2xx" else "")
    answered = f"is answered {came}{_instead(first.due)}"
    told = f"{subject} {answered}{_on(where)}" if subject else f"{_either(where) or 'a request'} {answered}"
    return told + (_probes(each.probe for each in symptoms) if first.probe else "")  # a plain one needs nothing special


def _instead(due: str) -> str:
    if due.startswith("one of the statuses"):
        return ", a status that is not documented there"
    if due.startswith(NOT):
        return ", which it should not be"
    return f", not {due}" if due[:1].isdigit() else f", but should be {due}"


def _on(where: Sequence[str]) -> str:
    from conformance.contract import load  # noqa: PLC0415 - loads the validator, which most commands need not

    every = {f"{operation.method} {operation.path}" for operation in load().keyed.values()}
    if every <= {*where}:
        return f", on all {_NUMBERS.get(len(every), len(every))} operations"
    return f", on {' and '.join(where)}" if where else ""


_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


def _probes(probes: Iterable[str]) -> str:
    """What was special about the requests: two of them, and how many more there are."""
    found = [*dict.fromkeys(filter(None, probes))]
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f": {_short('; '.join(found[:2]))}{more}" if found else ""


def _of_place(symptom: Symptom) -> str:
    kind, _, name = symptom.about.replace("body.", "body ", 1).partition(" ")
    thing = f"the header {name}" if kind == "header" else name or "the body"
    answers = _answers(symptom)
    if symptom.came == MISSING and name:
        return f"{thing} is missing in {answers}"
    if symptom.due.startswith("without "):
        return f"{answers} shows {symptom.due.removeprefix('without ')}: {_short(symptom.came)}"
    member = symptom.about.removeprefix("body.")
    if symptom.due.startswith(f"{member} as "):
        return f"{thing} is not{symptom.due.removeprefix(member)}: {_short(symptom.came)}"
    if symptom.due == f"no header {name}":
        return f"{thing} stands in {answers}, where it should not"
    return f"{thing} is {_short(symptom.came)}, but should be {_short(symptom.due)}, in {answers}"


def _of_value(symptom: Symptom) -> str:
    """What came, and what was due where that does not follow: "not retried" says that it should be."""
    due, came = symptom.due, symptom.came
    if {due, came} == {"true", "false"}:
        return "missing" if due == "true" else "there, but should not be"
    if due == f"other than {came}":
        return f"{_short(came)}, which was given before"
    if _says_what_was_due(symptom):
        return _short(came)
    return f"{_short(came)}, but should be {'none' if due == '[]' else _short(due)}"


def _says_what_was_due(symptom: Symptom) -> bool:
    """Whether one is the other with a "not" before it."""
    return (bool(symptom.due) and f"not {symptom.due}" == symptom.came) or f"not {symptom.came}" == symptom.due


def _answers(symptom: Symptom) -> str:
    if not symptom.where:
        return f"an answer {symptom.status}" if symptom.status else "an answer"
    return f"the {symptom.status} of {symptom.where[0]}" if symptom.status else symptom.where[0]


def _either(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} or {last}" if most else last


def _head(text: str) -> str:
    """What comes before the details, where a sentence has some behind a colon, and before a body beside a status."""
    return re.split(r": |, body ", text, maxsplit=1)[0]


def _short(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= MOST:
        return line
    ends = [place.end() for place in re.finditer(r"[ ,]", line[:MOST])]
    return f"{line[: ends[-1] if ends and ends[-1] > MOST // 2 else MOST].rstrip()}…"
