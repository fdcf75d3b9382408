"""What the gate takes of the cases, and what it leaves: the most urgent first, as far as its room goes."""

from dataclasses import replace

import pytest

from conformance.cases import budget
from conformance.cases.budget import candidates, left_to_certify, place_of, requests_of
from conformance.cases.fields import KIND, LATER, LIMIT, PRESENCE, VALUE, Case, cases
from conformance.cases.generated import posts
from conformance.contract import documented
from conformance.plan.cost import BESIDE, room_for_cases

ACCOUNTS = list(BESIDE)
EVERY = [case for operation in posts() for valid in (True, False) for case in cases(operation, valid=valid)]


def priority(operation: str, name: str) -> int:
    return next(case.priority for case in EVERY if (case.operation, case.name) == (operation, name))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("prompt absent", PRESENCE),
        (f"prompt {documented().prompt_characters + 1} characters", LIMIT),
        (f"n {documented().images + 1}", LIMIT),
        (f"prompt {documented().prompt_characters} characters", LIMIT),
        (f"n {documented().images}", LIMIT),
        ('n "AAA"', KIND),
        ('body "AAA"', KIND),
        ('quality "high"', VALUE),
        ("n 1", LATER),
        ("n 2", LATER),
        ("n [null, null]", LATER),
    ],
)
def test_what_slips_through_most_often_comes_first(name: str, wanted: int) -> None:
    assert priority("generate", name) == wanted


@pytest.mark.parametrize(("other", "cookie"), ACCOUNTS)
def test_the_gate_takes_no_more_than_it_has_room_for(other: bool, cookie: bool) -> None:
    left = left_to_certify(other=other, cookie=cookie)
    found = candidates("generate") if other else candidates(*posts())
    taken = [case for case in found if place_of(case) not in left]

    assert requests_of(taken) <= room_for_cases(other=other, cookie=cookie)
    assert {place_of(case) for case in found} >= left
    assert PRESENCE in {case.priority for case in taken}


def test_no_requirement_has_a_second_case_before_another_has_one() -> None:
    found = [case.requirement for case in candidates(*posts())]

    assert len(set(found[: len(set(found))])) == len(set(found)) < len(found)


def test_what_is_left_is_the_least_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "room_for_cases", lambda **_: 5)
    left_to_certify.cache_clear()
    left = left_to_certify(other=True, cookie=True)
    left_to_certify.cache_clear()

    found = candidates("generate")
    taken = [case for case in found if place_of(case) not in left]
    assert taken == found[:5]
    assert [case.priority for case in taken] == [PRESENCE, LIMIT, LIMIT, LIMIT, LIMIT]


def test_of_what_is_accepted_every_fourth_is_polled() -> None:
    case = Case("generate", "n", 4, {}, True, "GEN-21")

    assert requests_of([]) == 0
    assert requests_of([case] * 4) == 5
    assert requests_of([case] * 5) == 7
    assert requests_of([replace(case, valid=False)] * 4) == 4
    assert requests_of([replace(case, operation="upload")] * 4) == 4
