"""What the evidence adds to the symptom of a deviation: whether an event had come as several deliveries."""

from dataclasses import replace

import pytest

from conformance.evidence.attempt import Attempt
from conformance.evidence.symptom import Symptom
from conformance.session.symptoms import with_deliveries
from conformance.verdict import Outcome, Verdict
from tests.checks.test_retries import attempt


def arrived(*each: tuple[str, int]) -> list[Attempt]:
    """Attempts of one event, each with its id and its answer, a minute apart."""
    return [
        replace(attempt(60.0 * place, status), number=place + 1, serial=place, headers=(("X-Gptimg-Delivery", name),))
        for place, (name, status) in enumerate(each)
    ]


def seen(decisive: int, *each: tuple[str, int]) -> tuple[tuple[str, ...], bool]:
    outcome = Outcome("t::a", ("RETRY-14",), Verdict.FAIL, attempt=decisive)
    (found,) = with_deliveries([outcome], arrived(*each))
    return found.symptom.deliveries, found.symptom.taken


@pytest.mark.parametrize(
    ("decisive", "each", "wanted"),
    [
        (1, (("a", 200), ("b", 200)), (("a", "b"), True)),
        (2, (("a", 500), ("b", 500), ("a", 500)), (("a", "b"), False)),
        (1, (("a", 500), ("a", 500), ("b", 500)), ((), False)),
        (1, (("a", 200), ("a", 200)), ((), False)),
    ],
)
def test_several_ids_of_one_event_are_told_as_far_as_the_attempt_that_decides(
    decisive: int, each: tuple[tuple[str, int], ...], wanted: tuple[tuple[str, ...], bool]
) -> None:
    assert seen(decisive, *each) == wanted


def test_what_no_attempt_decided_stays_as_it_is() -> None:
    outcome = Outcome("t::a", ("API-1",), Verdict.FAIL, symptom=Symptom("status"))

    assert with_deliveries([outcome], arrived(("a", 200))) == [outcome]
