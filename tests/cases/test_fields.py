"""The coverage phase's bodies, taken apart."""

from collections import Counter

import pytest

from conformance.cases.fields import Case, cases
from conformance.contract import load

EVERY = [
    case for operation in ("generate", "upload") for valid in (True, False) for case in cases(operation, valid=valid)
]


@pytest.mark.parametrize("case", EVERY, ids=lambda case: f"{case.operation} {case.name}")
def test_a_case_is_valid_or_wrong_in_one_respect(case: Case) -> None:
    assert len(load().judge_request(case.operation, case.body).violations) == (0 if case.valid else 1)


def test_names_are_unique() -> None:
    assert max(Counter((case.operation, case.valid, case.name) for case in EVERY).values()) == 1


def test_valid_bodies_are_cheap() -> None:
    dear = [
        case.name for case in cases("generate", valid=True) if case.field != "quality" and case.body["quality"] != "low"
    ]
    assert dear == []


GENERATE = (4, 5, 6, 7, 9, 13, 15, 16, 18, 19, 21, 22, 23, 25, 27, 28, 31, 35)
UPLOAD = (3, 4, 5, 6, 8, 12, 13, 14, 15, 16, 17, 24)


@pytest.mark.parametrize("missing", [*(f"GEN-{row}" for row in GENERATE), *(f"UP-{row}" for row in UPLOAD)])
def test_what_the_contract_says_is_covered(missing: str) -> None:
    assert missing in {case.requirement for case in EVERY}
