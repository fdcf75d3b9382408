"""Bodies drawn at random from the contract, tamed: cheap, legible, and wrong in one respect at the most.

The cases of `fields.py` try one field at a time; here the other fields vary as well. Drawing takes longer than sending,
so that the examples of the seed that runs have by themselves are kept in `examples.json`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.cases.bodies import OMIT
from conformance.cases.fields import Case, proves
from conformance.cases.generated import drawn
from conformance.cases.kept import kept, text_of
from conformance.contract import load
from conformance.plan.settings import SEED

KEPT = Path(__file__).with_name("examples.json")
COUNTS = {("generate", True): 3, ("generate", False): 8, ("upload", True): 3, ("upload", False): 4}
"""By operation, and whether the bodies are valid."""
DRAWN = {True: 30, False: 60}
"""How many valid and invalid bodies are drawn; those left open, or wrong in several respects, are dropped."""
CHEAP = {"generate": {"quality": "low", "n": 1}, "upload": {}}
SHORT = 3
"""A text of fewer characters is a short one, which filters take for a mistake."""
LEGIBLE = "abcdefghijklmnopqrstuvwxyz0123456789燈塔海邊"
"""Whether a text of control characters passes a content policy is nobody's promise."""


@cache
def examples(operation: str, *, valid: bool, seed: int) -> tuple[Case, ...]:
    """Different examples, as many as `COUNTS` says; a pure function of the contract and the seed."""
    lists = kept(KEPT) if seed == SEED else None
    if lists is None:
        return made(operation, valid=valid, seed=seed)
    return tuple(_judged(operation, lists[_name(operation, valid=valid)], valid=valid))


def made(operation: str, *, valid: bool, seed: int) -> tuple[Case, ...]:
    """The examples as they are drawn now."""
    bodies = [_tamed(operation, body) for body in drawn(operation, valid=valid, seed=seed, count=DRAWN[valid])]
    different = {json.dumps(case.body, sort_keys=True): case for case in _judged(operation, bodies, valid=valid)}
    return tuple(_varied(list(different.values()), COUNTS[operation, valid]))


def written() -> str:
    """The content of the kept file as it should be: by operation and validity, one body on a line."""
    found = {_name(operation, valid=valid): made(operation, valid=valid, seed=SEED) for operation, valid in COUNTS}
    return text_of(
        {name: [json.dumps(case.body, ensure_ascii=False) for case in cases] for name, cases in found.items()}
    )


def _name(operation: str, *, valid: bool) -> str:
    return f"{'valid' if valid else 'invalid'} {operation}"


def _judged(operation: str, bodies: Iterable[Any], *, valid: bool) -> Iterator[Case]:
    for body in bodies:
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
    fields = load().operations[operation].fields
    known = {name: value for name, value in body.items() if name in fields}
    if "inputImageKeys" not in wrong:
        known.pop("inputImageKeys", None)
    cheap = {name: value for name, value in CHEAP[operation].items() if name not in wrong}
    return {
        name: value if name not in wrong and "enum" in fields[name] else _legible(value)
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


def _varied(found: list[Case], most: int) -> Iterator[Case]:
    """One of each requirement before a second one of any; of these, with the most fields, and others than before."""
    left, count, seen = list(found), Counter[str](), set[tuple[str, object]]()
    for _ in range(min(most, len(left))):
        chosen = max(left, key=lambda case: (-count[case.requirement], _size(case), len(_held(case) - seen)))
        left.remove(chosen)
        count[chosen.requirement] += 1
        seen |= _held(chosen)
        yield chosen


def _size(case: Case) -> int:
    return len(case.body) if isinstance(case.body, dict) else 0


def _held(case: Case) -> set[tuple[str, object]]:
    """The fields that are right, with what tells their values apart: an enum's member, or whether a text is short."""
    body, nodes = case.body if isinstance(case.body, dict) else {}, load().operations[case.operation].fields
    right = {name: value for name, value in body.items() if name != case.field}
    return {(name, value if "enum" in nodes[name] else len(str(value)) < SHORT) for name, value in right.items()}
