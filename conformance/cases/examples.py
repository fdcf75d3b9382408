"""Bodies drawn at random from the contract, tamed: cheap, legible, and wrong in one respect at the most.

The cases of `cases.py` try one field at a time; here the other fields vary as well.
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from conformance.cases.bodies import OMIT
from conformance.cases.fields import Case, properties, proves
from conformance.cases.generated import drawn
from conformance.contract import load

COUNTS = {("generate", True): 3, ("generate", False): 8, ("upload", True): 3, ("upload", False): 4}
"""By operation, and whether the bodies are valid."""
DRAWN = 60
"""So many are drawn; what is left open, or wrong in several respects, is dropped."""
CHEAP = {"generate": {"quality": "low", "n": 1}, "upload": {}}
LEGIBLE = "abcdefghijklmnopqrstuvwxyz0123456789燈塔海邊"
"""Whether a text of control characters passes a content policy is nobody's promise."""


@cache
def examples(operation: str, *, valid: bool, seed: int) -> tuple[Case, ...]:
    """So many examples, each different; a pure function of the contract and the seed."""
    bodies = drawn(operation, valid=valid, seed=seed, count=DRAWN)
    different = {json.dumps(case.body, sort_keys=True): case for case in _judged(operation, bodies, valid=valid)}
    return tuple(_varied(list(different.values()))[: COUNTS[operation, valid]])


def _judged(operation: str, bodies: tuple[Any, ...], *, valid: bool) -> Iterator[Case]:
    for drawn_body in bodies:
        body = _tamed(operation, drawn_body)
        judgement = load().judge_request(operation, body)
        if not judgement.violations and valid and not _has_float(body):
            yield Case(operation, "", body, body, True, proves(operation, "", body))
        elif not valid and not judgement.left_open and len(judgement.violations) == 1:
            violation = judgement.violations[0]
            value = body.get(violation.field, OMIT) if violation.field else body
            yield Case(operation, violation.field, value, body, False, violation.requirements[0])


def _tamed(operation: str, body: Any) -> Any:
    """Known fields only, since others are left open (R15), and no keys of images, which were never issued."""
    if not isinstance(body, dict):
        return _legible(body)
    wrong = {violation.field for violation in load().judge_request(operation, body).violations}
    known = {name: value for name, value in body.items() if name in properties(operation)}
    if "inputImageKeys" not in wrong:
        known.pop("inputImageKeys", None)
    cheap = {name: value for name, value in CHEAP[operation].items() if name not in wrong}
    return {
        name: value if name not in wrong and "enum" in properties(operation)[name] else _legible(value)
        for name, value in {**known, **cheap}.items()
    }


def _legible(value: Any) -> Any:
    """The same with ordinary characters, one for one."""
    if isinstance(value, str):
        return "".join(LEGIBLE[ord(character) % len(LEGIBLE)] for character in value)
    if isinstance(value, list):
        return [_legible(entry) for entry in value]
    return {_legible(name): _legible(entry) for name, entry in value.items()} if isinstance(value, dict) else value


def _has_float(body: Any) -> bool:
    """2.0 in place of 2 is left open (R15)."""
    return any(isinstance(value, float) for value in body.values())


def _varied(found: list[Case]) -> list[Case]:
    """One of each requirement before a second one of any; of these, the one with the most fields."""
    count, ranked = Counter[str](), list[tuple[int, Case]]()
    for case in sorted(found, key=lambda case: -len(case.body) if isinstance(case.body, dict) else 0):
        ranked.append((count[case.requirement], case))
        count[case.requirement] += 1
    return [case for _, case in sorted(ranked, key=lambda pair: pair[0])]
