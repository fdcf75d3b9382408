"""What a requirement's verdict does to the build, in the test views of CI services."""

from collections.abc import Callable

import pytest

from conformance.report import Report
from conformance.report.testcases import RUN_CASE, Case, Status, cases
from conformance.target.known_failures import KnownFailure
from conformance.verdict import Outcome, Selection, Verdict

Make = Callable[..., Report]
PASS = Outcome("t::pass", ("B-2",), Verdict.PASS)


def found(report: Report) -> dict[str, Case]:
    return {case.row.id if case.row else case.name: case for case in cases(report)}


@pytest.mark.parametrize(
    ("verdict", "requirement", "strict", "status"),
    [
        (Verdict.PASS, "A-1", False, Status.PASSED),
        (Verdict.FAIL, "A-1", False, Status.FAILED),
        (Verdict.FAIL, "A-3", False, Status.SKIPPED),
        (Verdict.FAIL, "A-3", True, Status.FAILED),
        (Verdict.INCONCLUSIVE, "A-1", False, Status.ERROR),
        (Verdict.INCONCLUSIVE, "A-3", False, Status.SKIPPED),
        (Verdict.ERROR, "A-1", False, Status.ERROR),
        (Verdict.NOT_TESTED, "A-1", False, Status.SKIPPED),
        (Verdict.NOT_APPLICABLE, "A-1", False, Status.SKIPPED),
    ],
)
def test_what_decides_breaks_the_build(
    *, verdict: Verdict, requirement: str, strict: bool, status: Status, report: Make
) -> None:
    told = found(report(Outcome("t::x", (requirement,), verdict, message="why"), PASS, strict=strict))

    assert told[requirement].status is status
    assert told[RUN_CASE].status is Status.PASSED
    assert "why" in told[requirement].message or verdict is Verdict.PASS


@pytest.mark.parametrize("of_finding", [False, True])
def test_a_known_failure_is_skipped_with_what_is_known_of_it(*, of_finding: bool, report: Make) -> None:
    failed, other = (Outcome(f"t::{id_}", (id_,), Verdict.FAIL, message=id_) for id_ in ("A-1", "A-2"))
    id_ = report(failed).findings[0].id if of_finding else "A-1"
    known = KnownFailure(id_, "to be mended", "somebody", "2027-01-31")
    told = found(report(failed, other, known=(known,)))

    assert (told["A-1"].status, told["A-1"].raw) == (Status.SKIPPED, Verdict.FAIL)
    assert told["A-1"].message == "known failure: to be mended, somebody, until 2027-01-31"
    assert told["A-2"].status is Status.FAILED
    assert found(report(failed, PASS, known=(known,)))[RUN_CASE].status is Status.PASSED


def test_of_a_known_failure_that_expired_nothing_is_tolerated(report: Make) -> None:
    known = KnownFailure("A-1", "to be mended", expires="2026-01-01", expired=True)
    told = found(report(Outcome("t::x", ("A-1",), Verdict.FAIL, message="why"), PASS, known=(known,)))

    assert (told["A-1"].status, told["A-1"].message) == (Status.FAILED, "why")


def test_what_is_never_judged_has_no_case(report: Make) -> None:
    assert list(found(report(Outcome("t::x", ("B-1",), Verdict.FAIL), PASS))) == ["A-1", "A-2", "A-3", "B-2", RUN_CASE]


def test_one_deviation_is_one_failure_however_much_depends_on_it(report: Make) -> None:
    broken = Outcome("t::x", ("A-1",), Verdict.FAIL, received="200")
    kept = [Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, message="depends on A-1", root="A-1") for id_ in
            ("A-2", "B-2")]  # fmt: skip
    made = report(broken, *kept)
    told = found(made)

    assert [told[id_].status for id_ in ("A-1", "A-2", "B-2", RUN_CASE)] == [
        Status.FAILED, Status.SKIPPED, Status.SKIPPED, Status.PASSED,
    ]  # fmt: skip
    assert told["A-2"].message == "depends on A-1"
    assert {told[id_].finding for id_ in ("A-1", "A-2", "B-2")} == {made.findings[0].id}


def test_what_depends_on_a_dependent_is_skipped_as_well(report: Make) -> None:
    told = found(report(
        Outcome("t::a", ("A-1",), Verdict.INCONCLUSIVE, message="the receiver is full"),
        Outcome("t::b", ("A-2",), Verdict.INCONCLUSIVE, message="depends", root="A-1"),
        Outcome("t::c", ("B-2",), Verdict.INCONCLUSIVE, message="depends", root="A-2"),
    ))  # fmt: skip

    assert [told[id_].status for id_ in ("A-1", "A-2", "B-2")] == [Status.ERROR, Status.SKIPPED, Status.SKIPPED]


def test_who_waits_for_itself_is_no_dependent(report: Make) -> None:
    told = found(report(Outcome("t::a", ("A-1",), Verdict.INCONCLUSIVE, message="depends", root="A-1"), PASS))
    assert told["A-1"].status is Status.ERROR


def test_one_cause_is_one_error(report: Make) -> None:
    same = [
        Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, message="the quota is used up") for id_ in ("A-1", "A-2")
    ]
    other = Outcome("t::o", ("B-2",), Verdict.INCONCLUSIVE, message="a connection was lost")
    told = found(report(*same, other))

    assert [told[id_].status for id_ in ("A-1", "A-2", "B-2")] == [Status.ERROR, Status.SKIPPED, Status.ERROR]
    assert told["A-2"].message == "as A-1: the quota is used up"


def test_a_run_that_could_not_be_judged_is_one_error(report: Make) -> None:
    down = "nothing answers at https://staging.example.com"
    kept = [Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, message=down) for id_ in ("A-1", "A-2", "B-2")]
    told = found(report(*kept, problems=(f"{down}. Is it running?",)))

    assert {told[id_].status for id_ in ("A-1", "A-2", "B-2")} == {Status.SKIPPED}
    assert told[RUN_CASE].status is Status.ERROR
    assert told[RUN_CASE].message.startswith(down)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"interrupted": True}, "the run was interrupted"),
        ({"profile": "certify"}, "2 MUST requirements not tested"),
        ({"unwritten": ("report.html could not be written",)}, "report.html could not be written"),
    ],
    ids=["interrupted", "missing", "unwritten"],
)
def test_what_no_requirement_tells_the_case_of_the_run_does(report: Make, facts: dict[str, object], words: str) -> None:
    told = found(report(PASS, **facts))

    assert told[RUN_CASE].status is Status.ERROR
    assert words in told[RUN_CASE].message


def test_a_check_without_a_requirement_stands_beside_the_run(report: Make) -> None:
    case = found(report(PASS, Outcome("t::setup", (), Verdict.ERROR, message="broken")))["t::setup"]
    assert (case.area, case.status, case.message) == ("The run", Status.ERROR, "broken")


def test_who_chose_sees_what_was_chosen_and_what_failed_beside_it(report: Make) -> None:
    outcomes = [Outcome(f"t::{id_}", (id_,), Verdict.FAIL) for id_ in ("A-1", "A-2")]
    chosen = Selection(("A-2",), frozenset({"A-2"}), tests=frozenset({"t::A-2"}))
    told = found(report(*outcomes, selection=chosen))

    assert {id_: case.status for id_, case in told.items()} == {
        "A-1": Status.SKIPPED, "A-2": Status.FAILED, RUN_CASE: Status.PASSED,
    }  # fmt: skip
    assert list(found(report(PASS, selection=Selection(("-k x",))))) == ["B-2", RUN_CASE]
