"""What changed between two runs is told, and nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.comparison.changes_told import as_json, as_markdown, as_text
from conformance.comparison.difference import Change, difference
from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.verdict import Observation, Outcome, Selection, Verdict

Make = Callable[..., Report]
A1, A2 = Outcome("t::1", ("A-1",), Verdict.PASS), Outcome("t::2", ("A-2",), Verdict.PASS)
BROKEN = Outcome("t::1", ("A-1",), Verdict.FAIL, "", "401", "400")
LOST = Outcome("t::1", ("A-1",), Verdict.INCONCLUSIVE, message="lost", root="the network")


def test_the_same_run_is_no_change(report: Make) -> None:
    diff = difference(report(A1, A2, wall_seconds=1.0), report(A1, A2, wall_seconds=9.0))

    assert (diff.same, diff.regressed) == (True, False)
    assert as_text(diff).startswith("NO CHANGE  ")


def test_what_broke_is_a_regression_with_its_cause(report: Make) -> None:
    diff = difference(report(A1, A2), report(BROKEN, A2))

    assert diff.regressed
    assert [(one.id, one.before, one.now) for one in diff.broken] == [("A-1", Verdict.PASS, Verdict.FAIL)]
    assert [one.cause for one in diff.found] == ["Received 400, but expected 401"]
    assert "REGRESSION" in as_text(diff)
    assert "Broken:\n  A-1 A-1 is kept. Was pass, is fail" in as_text(diff)


def test_what_was_mended_or_lost_its_verdict_is_no_regression(report: Make) -> None:
    mended, lost = difference(report(BROKEN, A2), report(A1, A2)), difference(report(A1, A2), report(LOST, A2))

    assert ([one.id for one in mended.mended], len(mended.gone), mended.regressed) == (["A-1"], 1, False)
    assert ([one.id for one in lost.undecided], lost.regressed) == (["A-1"], False)


def test_what_a_chosen_run_happens_to_see_beside_is_no_change(report: Make) -> None:
    chosen = {"selection": Selection(("A-1",), frozenset({"A-1"}))}
    once, again = report(A1, A2, **chosen), report(A1, **chosen)
    broken = report(A1, Outcome("t::2", ("A-2",), Verdict.FAIL, "", "a", "b"), **chosen)

    assert difference(once, again).same
    assert difference(again, once).same
    assert [one.id for one in difference(again, broken).broken] == ["A-2"]


def test_another_deviation_in_what_was_broken_is_a_regression(report: Make) -> None:
    beside = Outcome("t::3", ("A-2",), Verdict.FAIL, "", "a header", "none")

    assert difference(report(BROKEN, A2), report(BROKEN, beside)).regressed
    assert not difference(report(BROKEN, A2), report(BROKEN, A2)).regressed


def test_a_should_breaks_nothing_unless_the_run_is_strict(report: Make) -> None:
    mild, kept = (Outcome("t::9", ("A-3",), verdict, "", "x", "y") for verdict in (Verdict.FAIL, Verdict.PASS))

    assert not difference(report(A1, kept), report(A1, mild)).regressed
    assert difference(report(A1, kept, strict=True), report(A1, mild, strict=True)).regressed


def test_behaviour_that_the_documentation_leaves_open_is_compared(report: Make) -> None:
    then, now = Observation("R1", "gaps are 30 s"), Observation("R1", "gaps are 60 s")
    diff = difference(report(A1, seen=(then,)), report(A1, seen=(now,)))

    assert ([one.text for one in diff.came], [one.text for one in diff.went]) == (["gaps are 60 s"], ["gaps are 30 s"])
    assert not diff.same


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"profile": "certify"}, "the profile is gate, then certify"),
        ({"requirements_sha256": "another"}, "the requirements is r, then another"),
        ({"target_name": "production"}, "the target is staging, then production"),
    ],
)
def test_runs_that_are_not_alike_are_refused(report: Make, other: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be compared") as refused:
        difference(report(A1), report(A1, **other))
    assert told in str(refused.value)


def test_what_an_interruption_left_behind_is_told_in_one_line(report: Make) -> None:
    whole = difference(report(A1, A2), report(A1, A2))
    lost = tuple(
        Change(f"A-{n}", "It holds.", Verdict.PASS, Verdict.NOT_TESTED, "cut short", binds=True) for n in range(12)
    )
    other = Change("B-1", "It is so.", Verdict.PASS, Verdict.INCONCLUSIVE, "lost", binds=True)
    diff = replace(whole, undecided=(*lost[:6], other, *lost[6:]))

    assert [line for line in as_text(diff).splitlines() if "Was" in line] == [
        "  B-1 It is so. Was pass, is inconclusive: lost"
    ]
    assert "  12 requirements, each was pass, is not_tested, cut short: A-0, A-1, A-2" in as_text(diff)
    assert len(json.loads(as_json(diff))["undecided"]) == len((*lost, other))


def test_markdown_and_json_say_the_same(report: Make) -> None:
    diff = difference(report(A1, A2), report(Outcome("t::1", ("A-1",), Verdict.FAIL, "", "a", "<b> *x* @all"), A2))
    plain = json.loads(as_json(diff))

    assert "`<b> *x* @all`" in as_markdown(diff)
    assert (plain["regressed"], [one["id"] for one in plain["broken"]]) == (True, ["A-1"])
