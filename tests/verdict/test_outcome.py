import json

import pytest

from conformance.verdict import Outcome, Verdict


def test_an_outcome_survives_the_way_through_json() -> None:
    outcome = Outcome(
        "t::x", ("A-1", "A-2"), Verdict.FAIL, "title", "202", "500", "m", "curl", (3, 4), 2, 0.5, "h", "r"
    )

    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


@pytest.mark.parametrize("change", [{"verdict": "green"}, {"colour": "red"}])
def test_what_is_no_outcome_is_refused(change: dict[str, str]) -> None:
    plain = Outcome("t::x", ("A-1",), Verdict.PASS).to_json()

    with pytest.raises((TypeError, ValueError)):
        Outcome.from_json(plain | change)


def test_the_verdicts_are_the_words_of_the_report() -> None:
    assert {*Verdict} == {"pass", "fail", "inconclusive", "error", "not_tested", "not_applicable"}
