"""Bodies drawn at random from the contract: cheap, legible, and wrong in one respect at the most.

The cases of `cases.py` try one field at a time; here the other fields vary as well. Python's own generator draws: a
seed gives the same in every version, whatever is installed, in milliseconds.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

from conformance.client.api import OMIT
from conformance.contract import load
from conformance.world.cases import Case, properties, proves

COUNTS = {("generate", True): 3, ("generate", False): 8, ("upload", True): 3, ("upload", False): 4}
"""By operation, and whether the bodies are valid."""
DRAWN = 120
"""So many are drawn; what is left open, or wrong in several respects, is dropped."""
CHEAP = {"generate": {"quality": "low", "n": 1}, "upload": {}}
LEGIBLE = "abcdefghijklmnopqrstuvwxyz0123456789燈塔海邊"
"""Whether a text of control characters passes a content policy is nobody's promise."""
SHORT, LONG, FAR = 3, 40, 10**6
"""A short text has fewer characters, and a long one no more; so far from a limit lies what is beyond it."""


@cache
def examples(operation: str, *, valid: bool, seed: int) -> tuple[Case, ...]:
    """So many examples, each different; a pure function of the contract and the seed."""
    random = Random(f"{operation} {valid} {seed}")  # noqa: S311 - nothing here is secret
    bodies = [_body(operation, random, valid=valid) for _ in range(DRAWN)]
    different = {json.dumps(case.body, sort_keys=True): case for case in _judged(operation, bodies, valid=valid)}
    return tuple(_varied(list(different.values()), COUNTS[operation, valid]))


def _judged(operation: str, bodies: list[Any], *, valid: bool) -> Iterator[Case]:
    for body in bodies:
        judgement = load().judge_request(operation, body)
        if not judgement.violations and valid:
            yield Case(operation, "", body, body, True, proves(operation, "", body), "certify")
        elif not valid and not judgement.left_open and len(judgement.violations) == 1:
            violation = judgement.violations[0]
            value = body.get(violation.field, OMIT) if violation.field else body
            yield Case(operation, violation.field, value, body, False, violation.requirements[0], "certify")


def _body(operation: str, random: Random, *, valid: bool) -> Any:
    """The fields that it has are right, but for one where the body is to be invalid; or it is no object at all."""
    nodes = properties(operation)
    body = {name: _right(nodes[name], random) for name in nodes if random.random() < 3 / 4}
    body = {name: value for name, value in body.items() if value is not OMIT} | CHEAP[operation]
    if valid:
        return body
    wrong = random.choice(["", *nodes])
    if not wrong:
        return [value] if isinstance(value := _anything(random), dict) else value
    value = _wrong(nodes[wrong], random)
    return body | {wrong: value} if value is not OMIT else {name: body[name] for name in body if name != wrong}


def _right(node: dict[str, Any], random: Random) -> Any:
    """A value that the schema of a field allows; none of kinds such as lists of keys, which were never issued."""
    if "enum" in node:
        return random.choice(node["enum"])
    if node["type"] == "integer":
        return random.randint(node["minimum"], node["maximum"])
    return _text(random, node["minLength"]) if node["type"] == "string" else OMIT


def _wrong(node: dict[str, Any], random: Random) -> Any:
    """Any other value, one beyond a limit of the field's schema, or none where none stands for a right one."""
    beyond: dict[str, Callable[[Any], Any]] = {
        "maxLength": lambda most: _text(random, 1) * (most + 1),
        "maximum": lambda most: most + random.randint(1, FAR),
        "minimum": lambda least: least - random.randint(1, FAR),
        "maxItems": lambda most: [_text(random, 1) for _ in range(most + random.randint(1, 4))],
        "items": lambda _: [_anything(random)],
    }
    ways = [_anything(random), *(make(node[keyword]) for keyword, make in beyond.items() if keyword in node)]
    return random.choice(ways if "default" in node else [OMIT, *ways])


def _anything(random: Random, depth: int = 0) -> Any:
    """Any JSON value. A number with a fraction never is a whole one, as whose equal it could pass (R15)."""
    several = range(0 if depth > 1 else random.randint(0, 3))
    return random.choice([
        None, random.random() < 1 / 2, random.randint(-FAR, FAR), random.randint(-FAR, FAR) + 1 / 4, _text(random, 1),
        [_anything(random, depth + 1) for _ in several],
        {_text(random, 1): _anything(random, depth + 1) for _ in several},
    ])  # fmt: skip


def _text(random: Random, least: int) -> str:
    """Often one of the shortest, which filters take for mistakes."""
    length = random.choice([least, least + 1, random.randint(least, LONG)])
    return "".join(random.choices(LEGIBLE, k=length))


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
    body, nodes = case.body if isinstance(case.body, dict) else {}, properties(case.operation)
    right = {name: value for name, value in body.items() if name != case.field}
    return {(name, value if "enum" in nodes[name] else len(str(value)) < SHORT) for name, value in right.items()}
