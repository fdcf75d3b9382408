"""The coverage phase's bodies, taken apart."""

from collections import Counter

import pytest

from conformance.contract import load
from conformance.world.cases import Case, cases

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


@pytest.mark.parametrize("missing", ["GEN-4", "GEN-5", "GEN-6", "GEN-7", "GEN-9", "GEN-13", "GEN-15", "GEN-16",
                                     "GEN-18", "GEN-19", "GEN-21", "GEN-22", "GEN-23", "GEN-25", "GEN-27", "GEN-28", "GEN-31",
                                     "GEN-35", "UP-3", "UP-4", "UP-5", "UP-6", "UP-8", "UP-12", "UP-13", "UP-14",
                                     "UP-15", "UP-16", "UP-17", "UP-24"])  # fmt: skip
def test_what_the_contract_says_is_covered(missing: str) -> None:
    assert missing in {case.requirement for case in EVERY}
