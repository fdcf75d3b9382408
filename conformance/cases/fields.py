"""One field at a time: the bodies of the coverage phase taken apart and put into otherwise valid, cheap requests."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from conformance.cases.bodies import OMIT, a_body
from conformance.cases.boundaries import boundaries
from conformance.contract import load

KINDS = (str, list, int, float, bool, dict, type(None))
"""Kinds of wrong values, the most likely to slip through first; a rule is tried with two of them."""
PRESENCE, LIMIT, KIND, VALUE, LATER = range(5)
"""Priorities, what slips through most often first: an absent field, a value at its limit or just beyond, one of another
kind, any other value. What comes LATER is left to certification in any case.
"""
TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "array": list}
FEW = 4
"""Of longer rows of valid values only the ends are tried."""


@dataclass(frozen=True)
class Case:
    """A body that is valid, or wrong in one field, and the requirement that says what becomes of it."""

    operation: str
    field: str
    """Empty: the body as a whole."""
    value: Any
    body: Any
    valid: bool
    requirement: str
    priority: int = LATER

    @property
    def name(self) -> str:
        """Readable and stable: a node id is made of it."""
        shown = "absent" if self.value is OMIT else _shown(self.value)
        return f"{self.field or 'body'} {shown}"


@cache
def cases(operation: str, *, valid: bool) -> tuple[Case, ...]:
    """The cases of an operation's POST body, each different; a pure function of the contract."""
    found = [case for case in _isolated(operation) if case.valid == valid]
    return tuple(_serving(found) if valid else _refusing(found))


def _isolated(operation: str) -> Iterator[Case]:
    """What the phase put into each field, by itself; what the documentation leaves open is left out."""
    for field, value in boundaries(operation):
        body = a_body(operation, **{field: value}) if field else value
        judgement = load().judge_request(operation, body)
        if not judgement.violations:
            yield Case(operation, field, value, body, True, proves(operation, field, value))
        elif not judgement.left_open and len(judgement.violations) == 1:
            yield Case(operation, field, value, body, False, judgement.violations[0].requirements[0])


def proves(operation: str, field: str, value: Any) -> str:
    """The requirement that has a valid value served: of the property's, the ones no keyword can break, in order."""
    node = load().operations[operation].fields.get(field, {})
    broken = {name for names in node.get("x-requirements-by-keyword", {}).values() for name in names}
    proven = [name for name in node.get("x-requirements", ()) if name not in broken]
    if not proven:
        return next(name for name in _rows(operation) if not name.startswith("API-"))
    return str(proven[1 if len(proven) > 1 and isinstance(value, str) and len(value) > 1 else 0])


def _rows(operation: str) -> tuple[str, ...]:
    return tuple(load().operations[operation].part.node["x-requirements"])


def _serving(found: list[Case]) -> Iterator[Case]:
    """The ends of each long row, all of each short one. What repeats a default, or lies between the ends of numbers, is
    left to certification.
    """
    base = a_body(found[0].operation)
    for field, node in load().operations[found[0].operation].fields.items():
        row = sorted((case for case in found if case.field == field and case.value is not OMIT), key=_extent)
        ends = row if len(row) <= FEW else [row[0], row[-1]]
        for case in ends if "minimum" not in node or len(row) <= FEW else ends[1:]:
            if case.value != base.get(field):
                between = "minimum" in node and case.value not in {row[0].value, row[-1].value}
                at_limit = LIMIT if {"minimum", "maximum", "maxLength"} & node.keys() else VALUE
                yield replace(case, priority=LATER if between or case.value == node.get("default") else at_limit)


def _refusing(found: list[Case]) -> Iterator[Case]:
    """Two kinds of wrong values for each field and rule, the second of them in certification only."""
    count: Counter[tuple[str, str]] = Counter()
    for case in sorted(found, key=lambda case: KINDS.index(type(case.value)) if case.value is not OMIT else -1):
        place = case.field, case.requirement
        count[place] += 1
        if count[place] <= 2:
            yield replace(case, priority=_urgency(case) if count[place] == 1 else LATER)


def _urgency(case: Case) -> int:
    """That of a wrong value."""
    if case.value is OMIT:
        return PRESENCE
    kind = TYPES.get(load().operations[case.operation].fields.get(case.field, {}).get("type", ""), ())
    return LIMIT if isinstance(case.value, kind) else KIND


def _extent(case: Case) -> float:
    return len(case.value) if isinstance(case.value, str) else case.value


def _shown(value: Any, most: int = 24) -> str:
    if isinstance(value, str) and len(value) > most:
        return f"{len(value)} characters"
    text = json.dumps(value)
    return text if len(text) <= 4 * most else f"{text[: 4 * most]}…"
