"""What passed beside a finding, and the short names of checks."""

from collections.abc import Callable

from conformance.report import Report
from conformance.report.siblings import passing, short_names
from conformance.verdict import Outcome, Verdict


def test_what_differs_in_a_parameter_alone_comes_first(report: Callable[..., Report]) -> None:
    made = report(
        Outcome("suite/a.py::other", ("A-1",), Verdict.PASS),
        Outcome("suite/a.py::one[301]", ("A-1",), Verdict.PASS),
        Outcome("suite/a.py::one[307]", ("A-1",), Verdict.FAIL, expected="a retry", received="none"),
        Outcome("suite/a.py::one[302]", ("A-2",), Verdict.PASS),
    )

    found = [check.id for check in passing(made.findings[0], made)]
    assert found == ["suite/a.py::one[301]", "suite/a.py::other"]


def test_a_test_that_was_just_named_is_named_by_its_parameters() -> None:
    ids = ["suite/a.py::one[301]", "suite/a.py::one[a::b]", "suite/a.py::two", "passive::counts::RATE-9"]

    assert short_names(ids) == ["one[301]", "[a::b]", "two", "counts"]
