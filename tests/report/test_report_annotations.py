from collections.abc import Callable

import pytest

from conformance.report import Report
from conformance.report.annotations import MOST, annotations
from conformance.target.known_failures import KnownFailure
from conformance.verdict import Outcome, Verdict

Make = Callable[..., Report]


def test_a_finding_is_one_annotation(report: Make) -> None:
    failed = [Outcome(f"t::{n}", ("A-1",), Verdict.FAIL, "Title.", "429", "200", curl="curl -i") for n in range(3)]
    kept = Outcome("t::y", ("A-2",), Verdict.INCONCLUSIVE, message="depends on A-1", root="A-1")

    assert "\n".join(annotations(report(*failed, kept))).split("%0A") == [
        "::error title=A-1%3A A-1 is kept.::Received 200, but expected 429",
        "keeps 1 check from a verdict",
        "again: curl -i",
    ]


def test_what_does_not_decide_is_a_warning(report: Make) -> None:
    mild = Outcome("t::x", ("A-3",), Verdict.FAIL, received="200")

    assert annotations(report(mild))[0].startswith("::warning title=A-3%3A")
    assert annotations(report(mild, strict=True))[0].startswith("::error title=A-3%3A")


def test_a_known_failure_is_a_warning(report: Make) -> None:
    failed = Outcome("t::x", ("A-1",), Verdict.FAIL, received="200")

    assert annotations(report(failed, known=(KnownFailure("A-1", "to be mended"),)))[0].startswith("::warning")
    assert annotations(report(failed, known=(KnownFailure("A-2", "to be mended"),)))[0].startswith("::error")


def test_what_could_end_a_command_is_escaped(report: Make) -> None:
    hostile = "100%\r\n::error::x\n::stop-commands::x,y:z\x1b"
    told = annotations(report(Outcome("t::x", ("A-1",), Verdict.FAIL, message=hostile)))

    assert len(told) == 1
    assert "\n" not in told[0]
    assert told[0].endswith("::100%25\\r\\n::error::x\\n::stop-commands::x,y:z\\x1b")


def test_there_are_no_more_than_github_shows(report: Make) -> None:
    made = report(Outcome("t::x", ("A-1",), Verdict.FAIL, received="200"))
    ten = made.model_copy(update={"findings": made.findings * MOST})
    more = made.model_copy(update={"findings": made.findings * (MOST + 3)})

    assert len(annotations(ten)) == len(annotations(more)) == MOST
    assert annotations(more)[-1] == "::error title=4 more findings::The report has them all: A-1, A-1, A-1, A-1"


@pytest.mark.parametrize("problem", ["nothing answers there", ""])
def test_a_run_without_a_finding_says_why_it_failed(report: Make, problem: str) -> None:
    told = annotations(report(problems=(problem,) if problem else ()))
    assert told == [f"::error title=gimg-conformance%3A undecided::{problem and f'{problem}; '}no check passed"]


def test_a_conformant_run_says_nothing(report: Make) -> None:
    assert annotations(report(*(Outcome(f"t::{id_}", (id_,), Verdict.PASS) for id_ in ("A-1", "A-2", "B-2")))) == []
