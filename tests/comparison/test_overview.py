"""Many targets stand beside each other, and what they say of themselves is text."""

from collections.abc import Callable

from conformance.comparison.overview import Overview, overview
from conformance.comparison.overview_page import overview_page
from conformance.report import Report
from conformance.verdict import Outcome, Verdict

Make = Callable[..., Report]


def test_each_target_is_a_row_by_area(report: Make) -> None:
    kept, broken = Outcome("t::1", ("A-1",), Verdict.PASS), Outcome("t::1", ("A-1",), Verdict.FAIL, "", "401", "400")
    found = overview([report(kept, target_name="west"), report(broken, target_name="east")])
    first, second = found.targets

    assert (first.name, first.findings) == ("east", ["Received 400, but expected 401"])
    counts = [(area.area, area.passed, area.failed, area.open) for area in second.areas]
    assert counts == [("A", 1, 0, 2), ("B", 0, 0, 1)]
    assert Overview.model_validate_json(found.model_dump_json()) == found


def test_the_page_runs_nothing_of_a_target(report: Make) -> None:
    vendor = {"organisation": "<script>alert(1)</script>", "product": "", "version": "", "contact": ""}
    page = overview_page(overview([report(target_name="<b>x</b>", vendor=vendor)]))

    assert "<script>alert" not in page
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
