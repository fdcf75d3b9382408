"""Numbers beside the word that they count."""

import pytest

from conformance.counted import counted
from conformance.plan.amount import Amount
from conformance.plan.estimate import Planned
from conformance.report.plan_table import short_lines


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
