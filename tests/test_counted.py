"""Numbers beside the word that they count."""

import pytest

from conformance.counted import counted
from conformance.plan.amount import Amount
from conformance.plan.estimate import Planned, Untested
from conformance.report.plan_table import short_lines, whole_lines


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("credit",), "0 credits"),
        (1, ("credit",), "1 credit"),
        (1.0, ("credit",), "1 credit"),
        (1.5, ("credit",), "1.5 credits"),
        (1234567, ("request",), "1234567 requests"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("request was", "requests were"), "2 requests were"),
    ],
)
def test_one_is_singular(number: float, words: tuple[str, ...], told: str) -> None:
    assert counted(number, *words) == told


def test_a_plan_has_one_request_too_many() -> None:
    told = [*short_lines(Planned("smoke", 1, {"primary": Amount(41)}, {}, beyond=1, shares=(("t",),)))]

    assert told[-1].startswith("1 request of primary is beyond the 40 that smoke promises: ")


@pytest.mark.parametrize(("tests", "told"), [(1, "1 test, and with it 1 req"), (2, "2 tests, and with them 1 req")])
def test_what_a_test_takes_along_is_said_of_one_or_of_several(tests: int, told: str) -> None:
    untested = Untested((), tests, ("AUTH-4",))
    said = whole_lines(Planned("smoke", 1, {}, {}, shares=(("t",),), untested=(untested,)), {})

    assert [line for line in said if line.strip().startswith(told)]
