from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.verdict import JudgedRun, Observation, Outcome, Selection, Verdict
from conformance.verdict.judge import NO_LICENCE, NOT_EXERCISED, NOT_REACHED

PASS, FAIL, INCONCLUSIVE, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR
NOT_TESTED, NOT_APPLICABLE = Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE
Make = Callable[..., Outcome]
Judge = Callable[..., JudgedRun]


@pytest.mark.parametrize(
    ("of_checks", "of_requirement"),
    [
        ([PASS, PASS], PASS),
        ([PASS, NOT_APPLICABLE], PASS),
        ([NOT_APPLICABLE], NOT_APPLICABLE),
        ([PASS, NOT_TESTED], NOT_TESTED),
        ([NOT_TESTED, INCONCLUSIVE, PASS], INCONCLUSIVE),
        ([INCONCLUSIVE, ERROR, PASS], ERROR),
        ([ERROR, FAIL, INCONCLUSIVE, PASS], FAIL),
    ],
)
def test_the_most_serious_check_decides(
    of_checks: list[Verdict], of_requirement: Verdict, outcome: Make, judged: Judge
) -> None:
    assert judged(*(outcome(verdict) for verdict in of_checks)).rows[0].verdict is of_requirement


def test_the_reason_is_what_was_expected_and_received(outcome: Make, judged: Judge) -> None:
    fail = outcome(FAIL, expected="429", received="200", message="not this")

    assert judged(outcome(), fail, fail).rows[0].reason == "expected 429; received 200 (and 1 more check)"


def test_a_partly_tested_requirement_is_not_tested_and_says_what_would_help(outcome: Make, judged: Judge) -> None:
    row = judged(outcome(), outcome(NOT_TESTED, message="needs other", hint="add [accounts.other]")).rows[0]

    assert (row.reason, row.hint) == ("partly: 1 of 2 checks passed; needs other", "add [accounts.other]")


def test_without_a_check_the_registry_gives_the_reason(judged: Judge) -> None:
    rows = {row.requirement.id: row for row in judged().rows}

    assert rows["A-1"].verdict is rows["B-1"].verdict is NOT_TESTED
    assert (rows["A-1"].reason, rows["B-1"].reason) == (NOT_EXERCISED, "free to choose")


CUTS: list[tuple[dict[str, Any], str]] = [
    ({"interrupted": True, "stopped": "-x", "problems": ("no answer",)}, NOT_REACHED),
    ({"stopped": "-x", "problems": ("no answer",)}, "the run stopped before this was tested: -x"),
    ({"problems": ("no answer", "and more")}, "no answer"),
    ({}, NOT_EXERCISED),
]


@pytest.mark.parametrize(("facts", "reason"), CUTS)
def test_what_cut_the_run_short_is_the_reason_where_nobody_chose(
    judged: Judge, facts: dict[str, Any], reason: str
) -> None:
    rows = judged(**facts, left_out={"A-2": "deselected by -k", "B-1": "deselected by -k"}).rows

    assert [row.reason for row in rows] == [reason, "deselected by -k", reason, "free to choose"]


def test_a_run_that_stopped_early_is_undecided_and_hides_no_deviation(outcome: Make, judged: Judge) -> None:
    early = judged(outcome(), stopped="--maxfail=3")

    assert (early.exit_status, early.because) == (3, ("the run stopped early: --maxfail=3",))
    assert judged(outcome(FAIL), stopped="-x").exit_status == 1
    assert "stopped" not in str(judged(outcome(), stopped="-x", interrupted=True).because)


@pytest.mark.parametrize(
    ("verdict", "requirement", "strict", "run", "status"),
    [
        (PASS, "A-2", False, "conformant", 0),
        (FAIL, "A-2", False, "nonconformant", 1),
        (FAIL, "A-3", False, "conformant", 0),
        (FAIL, "A-3", True, "nonconformant", 1),
        (FAIL, "B-1", True, "conformant", 0),
        (INCONCLUSIVE, "A-2", False, "undecided", 3),
        (INCONCLUSIVE, "A-3", False, "conformant", 0),
        (INCONCLUSIVE, "A-3", True, "undecided", 3),
        (ERROR, "A-2", False, "undecided", 3),
        (ERROR, "B-1", True, "conformant", 0),
        (NOT_TESTED, "A-2", False, "conformant", 0),
    ],
)
def test_binding_requirements_decide_the_run(
    *, verdict: Verdict, requirement: str, strict: bool, run: str, status: int, outcome: Make, judged: Judge
) -> None:
    judgement = judged(outcome(), outcome(verdict, requirement), strict=strict)

    assert (judgement.verdict, judgement.exit_status) == (run, status)
    assert bool(judgement.because) == (run != "conformant")


def test_a_certify_run_leaves_nothing_untested(outcome: Make, judged: Judge) -> None:
    judgement = judged(outcome(), outcome(NOT_TESTED, "A-2"), profile="certify")

    assert (judgement.verdict, judgement.because) == ("undecided", ("1 MUST requirement not tested",))


def test_a_chosen_certify_run_misses_only_what_was_chosen(outcome: Make, judged: Judge) -> None:
    chosen: dict[str, Any] = {"profile": "certify", "left_out": {"A-2": "deselected by -k"}}

    assert judged(outcome(), **chosen).exit_status == 0
    assert judged(outcome(PASS, "A-2"), **chosen).exit_status == 0
    assert judged(outcome(FAIL), **chosen).exit_status == 1
    assert judged(outcome(NOT_TESTED), outcome(PASS, "A-2"), **chosen).because == ("1 MUST requirement not tested",)
    assert judged(outcome(), **chosen, stopped="-x").exit_status == 3
    assert judged(outcome(), profile="certify").because == ("1 MUST requirement not tested",)


def test_a_certify_run_does_not_miss_what_does_not_apply(outcome: Make, judged: Judge) -> None:
    assert judged(outcome(NOT_APPLICABLE), outcome(PASS, "A-2"), profile="certify").verdict == "conformant"


def test_only_a_row_with_an_occasion_may_not_apply(outcome: Make, judged: Judge) -> None:
    judgement = judged(outcome(), outcome(NOT_APPLICABLE, "A-2", message="none seen"), profile="certify")
    row = judgement.rows[1]

    assert (row.verdict, row.reason) == (NOT_TESTED, NO_LICENCE.format("none seen"))
    assert judgement.because == ("1 MUST requirement not tested",)


@pytest.mark.parametrize("cut", [{"interrupted": True}, {"stopped": "-x"}])
def test_a_run_that_was_cut_short_has_not_looked_for_every_occasion(
    cut: dict[str, Any], outcome: Make, judged: Judge
) -> None:
    assert judged(outcome(NOT_APPLICABLE), **cut).rows[0].verdict is NOT_TESTED


def test_nothing_passed_is_never_green(outcome: Make, judged: Judge) -> None:
    assert judged().because == ("no check passed",)
    assert judged(outcome(NOT_TESTED)).exit_status == 3


def test_a_problem_of_the_run_leaves_it_undecided(outcome: Make, judged: Judge) -> None:
    judgement = judged(outcome(), problems=("nothing collected",))

    assert (judgement.exit_status, judgement.because) == (3, ("nothing collected",))


def test_a_report_that_could_not_be_written_hides_no_deviation(outcome: Make, judged: Judge) -> None:
    missing = {"unwritten": ("report.json could not be written: disk full",)}

    assert judged(outcome(), **missing).exit_status == 3
    assert judged(outcome(), **missing).because == missing["unwritten"]
    assert judged(outcome(FAIL), **missing).exit_status == 1
    assert missing["unwritten"][0] in judged(outcome(FAIL), **missing).because
    assert judged(outcome(FAIL), interrupted=True, **missing).exit_status == 130


def test_a_fault_of_the_suite_without_a_requirement_leaves_it_undecided(outcome: Make, judged: Judge) -> None:
    stray = Outcome("t::setup", (), ERROR, message="broken")

    assert judged(outcome(), stray).because == ("t::setup: broken",)


def test_an_unknown_requirement_leaves_it_undecided(outcome: Make, judged: Judge) -> None:
    assert judged(outcome(), outcome(PASS, "X-9")).because == (
        "test of X-9 names X-9, which the registry does not have",
    )


def test_a_deviation_outweighs_what_is_open(outcome: Make, judged: Judge) -> None:
    judgement = judged(outcome(FAIL), outcome(INCONCLUSIVE, "A-2"), problems=("quota gone",))

    assert (judgement.verdict, judgement.exit_status) == ("nonconformant", 1)
    problems = ("quota gone", "no check passed", "1 MUST requirement inconclusive")
    assert judgement.because == ("1 MUST requirement failed", *problems)


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_an_interrupted_run_has_the_status_of_a_signal(verdict: Verdict, outcome: Make, judged: Judge) -> None:
    judgement = judged(outcome(verdict), interrupted=True)

    assert judgement.exit_status == 130
    assert judgement.verdict == ("undecided" if verdict is PASS else "nonconformant")


def test_the_summary_says_of_how_much(outcome: Make, judged: Judge) -> None:
    assert judged().summary == "none of 3 requirements tested"
    assert judged(outcome(), outcome(PASS, "B-1")).summary == "no deviation found: gate, 1 of 3 requirements"
    both = judged(outcome(FAIL), outcome(FAIL, "A-3")).summary
    assert both == "2 deviations found: gate, 2 of 3 requirements, 2 broken"
    mild = judged(outcome(), outcome(FAIL, "A-3")).summary
    assert mild == "1 deviation found: gate, 2 of 3 requirements, 1 broken, none a MUST"


def test_one_finding_is_one_deviation_however_much_it_breaks(outcome: Make, judged: Judge) -> None:
    both = Outcome("test of two", ("A-1", "A-2"), FAIL)

    assert judged(both).summary == "1 deviation found: gate, 2 of 3 requirements, 2 broken"


def test_counts_agree_in_number(outcome: Make, judged: Judge) -> None:
    assert judged(outcome(FAIL), outcome(FAIL, "A-2")).because[0] == "2 MUST requirements failed"
    both = judged(outcome(FAIL), outcome(FAIL, "A-3"), strict=True)
    assert both.because[0] == "1 MUST and 1 SHOULD requirements failed"


def test_an_observation_is_told_once(outcome: Make, judged: Judge) -> None:
    seen = Observation("R9", "lower case is recognised")

    assert judged(outcome(), seen=(seen, seen)).observations == (seen,)


def test_an_undecided_run_says_what_stood_in_the_way(outcome: Make, judged: Judge) -> None:
    outage, throttled = outcome(INCONCLUSIVE, root="an outage"), outcome(INCONCLUSIVE, root="a 429")
    dependent = outcome(INCONCLUSIVE, root="A-1")

    told = "1 MUST requirement inconclusive"
    assert judged(outcome(), throttled, outage, outage).because == (f"{told}: an outage; a 429",)
    assert judged(outcome(), dependent).because == (told,)
    assert judged(outcome(), outage, problems=("no answer",)).because == ("no answer", told)


ABOUT = Selection(("A-1",), frozenset({"A-1"}), frozenset({"A-1"}), tests=frozenset({"test of A-1"}))


@pytest.mark.parametrize(
    ("selection", "verdict", "status", "summary"),
    [
        (ABOUT, PASS, 0, "no deviation found: 1 of 1 chosen requirement"),
        (replace(ABOUT, in_part=frozenset({"A-1"})), PASS, 0, "found: 1 of 1 chosen requirement, by some of its tests"),
        (Selection(("-k x",)), PASS, 0, "no deviation found: gate, 1 of 3 requirements"),
        (ABOUT, FAIL, 1, "1 deviation found: 1 of 1 chosen requirement, 1 broken"),
        (ABOUT, INCONCLUSIVE, 3, "none of 1 chosen requirement was tested"),
        (ABOUT, NOT_TESTED, 3, "none of 1 chosen requirement was tested"),
        (Selection(("B-1",), frozenset({"B-1"})), PASS, 0, "the documentation leaves open what was chosen"),
    ],
)
def test_a_chosen_run_is_never_conformant(
    *, selection: Selection, verdict: Verdict, status: int, summary: str, outcome: Make, judged: Judge
) -> None:
    recorded = outcome(PASS, "B-1", id="test of B-1")
    run = judged(outcome(verdict), recorded, selection=selection, left_out={"A-2": "not chosen"})

    assert (run.exit_status, run.verdict == "partial") == (status, status == 0)
    assert summary in run.summary


def test_what_fails_beside_what_was_chosen_decides_nothing(outcome: Make, judged: Judge) -> None:
    beside = outcome(FAIL, "A-2", id="passive::x::A-2")

    assert judged(outcome(), beside, selection=ABOUT, left_out={"A-2": "x"}).verdict == "partial"
    assert judged(beside, selection=ABOUT, left_out={"A-2": "x"}).exit_status == 3


def test_a_chosen_test_that_shows_another_requirement_broken_decides(outcome: Make, judged: Judge) -> None:
    run = judged(outcome(FAIL, "A-2", id="test of A-1"), outcome(), selection=ABOUT)

    assert (run.exit_status, run.summary) == (1, "1 deviation found: 2 of 2 chosen requirements, 1 broken")


def test_an_area_that_is_tested_in_part_is_judged_by_that_part(outcome: Make, judged: Judge) -> None:
    area = Selection(("A",), frozenset({"A-1", "A-2", "A-3"}))
    run = judged(outcome(), outcome(NOT_TESTED, "A-2"), selection=area, left_out={"B-1": "not chosen"})

    assert (run.exit_status, run.summary) == (0, "no deviation found: 1 of 3 chosen requirements")
