"""Requirements of somebody's own, judged beside the documentation's."""

from collections.abc import Callable

import pytest

from conformance.requirements import Area, Registry
from conformance.verdict import Outcome, RunVerdict, Selection, Verdict
from conformance.verdict.judge import NO_TEST, JudgedRun
from tests.verdict.conftest import row

ACME = Registry((row("ACME-1"),), (Area("ACME", "What Acme adds"),), (), "a")
Make = Callable[..., Outcome]
Judge = Callable[..., JudgedRun]


@pytest.mark.parametrize(
    ("ours", "theirs", "status"),
    [
        (Verdict.PASS, Verdict.PASS, 0),
        (Verdict.PASS, Verdict.FAIL, 1),
        (Verdict.PASS, Verdict.INCONCLUSIVE, 3),
        (Verdict.INCONCLUSIVE, Verdict.FAIL, 1),
        (Verdict.FAIL, Verdict.INCONCLUSIVE, 1),
    ],
)
def test_it_is_judged_apart(outcome: Make, judged: Judge, ours: Verdict, theirs: Verdict, status: int) -> None:
    """What is broken comes before what is open; the verdict is about the documentation alone."""
    about_both = [outcome(ours, "A-1"), outcome(Verdict.PASS, "A-2"), outcome(theirs, "ACME-1")]
    alone, both = judged(*about_both[:2]), judged(*about_both, extension=ACME)

    assert (both.verdict, both.summary, both.because) == (alone.verdict, alone.summary, alone.because)
    assert [finding.requirements for finding in both.findings] == [finding.requirements for finding in alone.findings]
    assert both.extension
    assert [row.verdict for row in both.extension.rows] == [theirs]
    assert both.exit_status == status


def test_alone_it_leaves_the_documentation_untested(outcome: Make, judged: Judge) -> None:
    chosen = Selection(("the tests of ACME alone",))

    run = judged(outcome(Verdict.PASS, "ACME-1"), extension=ACME, selection=chosen, left_out={"A-1": "not asked for"})

    assert (run.verdict, run.exit_status) == (RunVerdict.PARTIAL, 0)


def test_where_nothing_of_it_ran_the_run_is_undecided(outcome: Make, judged: Judge) -> None:
    run = judged(outcome(), outcome(Verdict.PASS, "A-2"), extension=ACME)

    assert (run.verdict, run.exit_status) == (RunVerdict.CONFORMANT, 3)
    assert run.extension
    assert [row.reason for row in run.extension.rows] == [NO_TEST]
