"""Known failures are tolerated while they fail, and only then."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.evidence.symptom import Symptom
from conformance.target.known_failures import KnownFailure
from conformance.verdict import Outcome, RunVerdict, Selection, State, Verdict
from conformance.verdict.judge import JudgedRun

Make = Callable[..., Outcome]
Judge = Callable[..., JudgedRun]
FIRST = KnownFailure("A-1", "to be mended", "somebody")


def states(run: JudgedRun) -> list[State]:
    assert run.known
    return [state for _, state in run.known.states]


def test_a_failure_that_is_known_is_tolerated_and_the_verdict_stays(outcome: Make, judged: Judge) -> None:
    run = judged(outcome(Verdict.FAIL, "A-1"), outcome(Verdict.PASS, "A-2"), known=(FIRST,))

    assert (run.exit_status, run.verdict, states(run)) == (0, RunVerdict.NONCONFORMANT, [State.FAILS])
    assert run.summary.endswith("1 broken, known")


def test_a_failure_beside_it_counts(outcome: Make, judged: Judge) -> None:
    run = judged(outcome(Verdict.FAIL, "A-1"), outcome(Verdict.FAIL, "A-2"), known=(FIRST,))
    assert run.exit_status == 1


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.NOT_APPLICABLE])
def test_one_that_passes_is_to_be_removed(outcome: Make, judged: Judge, verdict: Verdict) -> None:
    run = judged(outcome(verdict, "A-1"), outcome(Verdict.PASS, "A-2"), known=(FIRST,))

    assert (run.exit_status, states(run)) == (3, [State.PASSES])
    assert "A-1 is known to fail, and does not: remove it from the known failures" in run.because


def test_one_that_was_not_reached_is_tolerated(outcome: Make, judged: Judge) -> None:
    run = judged(outcome(Verdict.PASS, "A-2"), known=(FIRST,))
    assert (run.exit_status, states(run)) == (0, [State.NOT_REACHED])


def test_one_that_has_expired_tolerates_nothing(outcome: Make, judged: Judge) -> None:
    old = KnownFailure("A-1", "to be mended", expires="2026-01-01", expired=True)
    run = judged(outcome(Verdict.FAIL, "A-1"), known=(old,))

    assert (run.exit_status, states(run)) == (1, [State.EXPIRED])
    assert "A-1 was known to fail until 2026-01-01, which is over" in run.because


def test_a_finding_may_be_known_and_nothing_else_of_its_requirement(outcome: Make, judged: Judge) -> None:
    (finding,) = judged(outcome(Verdict.FAIL, "A-1")).findings
    known = KnownFailure(finding.id, "to be mended")
    another = outcome(Verdict.FAIL, "A-1", id="another", symptom=Symptom("status", "200", "500", status=500))
    passed = outcome(Verdict.PASS, "A-2")

    assert judged(outcome(Verdict.FAIL, "A-1"), passed, known=(known,)).exit_status == 0
    assert judged(outcome(Verdict.FAIL, "A-1"), another, passed, known=(known,)).exit_status == 1
    assert states(judged(outcome(Verdict.PASS, "A-1"), known=(known,))) == [State.PASSES]
    assert states(judged(outcome(Verdict.PASS, "A-1"), known=(known,), stopped="-x")) == [State.NOT_REACHED]


def chosen(*requirements: str, in_part: tuple[str, ...] = ()) -> Selection:
    return Selection(requirements, frozenset(requirements), in_part=frozenset(in_part))


def test_in_a_chosen_run_one_that_passes_is_told_and_the_others_are_not(outcome: Make, judged: Judge) -> None:
    known = (FIRST, KnownFailure("A-2", "to be mended"))
    run = judged(outcome(Verdict.PASS, "A-1"), known=known, selection=chosen("A-1"))

    assert (run.exit_status, states(run)) == (3, [State.PASSES, State.NOT_REACHED])
    assert run.because == ("A-1 is known to fail, and does not: remove it from the known failures",)


def test_in_a_chosen_run_a_finding_is_missed_where_all_that_it_broke_was_tested(outcome: Make, judged: Judge) -> None:
    known = (KnownFailure("0a1b2c3d", "to be mended", breaks=("A-1", "A-3")),)
    first, second = outcome(Verdict.PASS, "A-1"), outcome(Verdict.PASS, "A-3")
    both = judged(first, second, known=known, selection=chosen("A-1", "A-3", in_part=("A-3",)))
    one = judged(first, known=known, selection=chosen("A-1"))
    broken = judged(first, outcome(Verdict.FAIL, "A-3"), known=known, selection=chosen("A-1", "A-3"))
    without = judged(first, second, known=(replace(known[0], breaks=()),), selection=chosen("A-1", "A-3"))

    assert (both.exit_status, states(both)) == (3, [State.PASSES])
    assert "0a1b2c3d (A-1, A-3) is known to fail, and does not, in those of its tests that were chosen" in "".join(
        both.because
    )
    assert (one.exit_status, states(one)) == (0, [State.NOT_REACHED])
    assert states(broken) == states(without) == [State.NOT_REACHED]


def test_a_finding_says_what_it_is_tolerated_for(outcome: Make, judged: Judge) -> None:
    failed = [outcome(Verdict.FAIL, "A-1", id="one"), outcome(Verdict.FAIL, "A-2", id="two")]
    run = judged(*failed, known=(FIRST,))

    assert run.known
    assert [run.known.accounting_for(finding) for finding in run.findings] == [("A-1",), ()]


def test_what_a_known_failure_keeps_from_a_verdict_is_tolerated_and_nothing_else(outcome: Make, judged: Judge) -> None:
    failed, passed = outcome(Verdict.FAIL, "A-1"), outcome(Verdict.PASS, "A-3")
    waiting = outcome(Verdict.INCONCLUSIVE, "A-2", root="A-1")
    lost = outcome(Verdict.INCONCLUSIVE, "A-2", root="the network")

    assert judged(failed, passed, waiting, known=(FIRST,)).exit_status == 0
    assert judged(failed, passed, lost, known=(FIRST,)).exit_status == 3


def test_an_interruption_comes_first(outcome: Make, judged: Judge) -> None:
    assert judged(outcome(Verdict.FAIL, "A-1"), known=(FIRST,), interrupted=True).exit_status == 130
