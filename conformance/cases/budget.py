"""Which cases of bodies the gate takes: what slips through most often first, as long as its requests last."""

from collections.abc import Collection
from functools import cache

from conformance.cases.fields import LATER, Case, cases
from conformance.cases.generated import posts
from conformance.plan.cost import AT_WORK, room_for_cases

Place = tuple[str, bool, str]


def place_of(case: Case) -> Place:
    """What tells a case from every other."""
    return case.operation, case.valid, case.name


def requests_of(found: Collection[Case]) -> int:
    """What cases cost: a call each, and a poll of one of the generations at work together (`world.submissions`)."""
    generations = sum(case.valid and case.operation == "generate" for case in found)
    return len(found) + -(-generations // AT_WORK)


@cache
def left_to_certify(*, other: bool, cookie: bool) -> frozenset[Place]:
    """The cases that the gate would have, had it room for them; without an account `other`, uploads need it too."""
    taken, left = list[Case](), set[Place]()
    for case in candidates("generate") if other else candidates(*posts()):
        if requests_of([*taken, case]) <= room_for_cases(other=other, cookie=cookie):
            taken.append(case)
        else:
            left.add(place_of(case))
    return frozenset(left)


def candidates(*operations: str) -> list[Case]:
    """What the gate would have of these operations, the most urgent first: one of each requirement, then the others."""
    found = [case for operation in operations for valid in (False, True) for case in cases(operation, valid=valid)]
    urgent = sorted((case for case in found if case.priority < LATER), key=lambda case: case.priority)
    first = {case.requirement: place_of(case) for case in reversed(urgent)}
    return sorted(urgent, key=lambda case: first[case.requirement] != place_of(case))
