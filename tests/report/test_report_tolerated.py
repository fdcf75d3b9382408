"""A finding that is known says so wherever it is told, and stands behind the new ones."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from conformance.report import Report
from conformance.report.html import html_page
from conformance.report.html.phrases import phrases
from conformance.report.markdown import markdown
from conformance.report.terminal import print_report
from conformance.target.known_failures import KnownFailure
from conformance.verdict import Outcome, Verdict

Make = Callable[..., Report]
OLD = Outcome("t::old", ("A-1",), Verdict.FAIL, "Title", "401", "403")
NEW = Outcome("t::new", ("A-2",), Verdict.FAIL, "Title", "429", "200")
KNOWN = KnownFailure("A-1", "the gateway <b>is</b> old", "edge team", "2027-01-31")


@pytest.fixture
def told(report: Make) -> Report:
    return report(OLD, NEW, known=(KNOWN,))


def test_the_new_ones_come_first(told: Report) -> None:
    assert [(finding.requirements, finding.known) for finding in told.findings] == [(["A-2"], []), (["A-1"], ["A-1"])]


def test_the_terminal_marks_it(told: Report) -> None:
    stream = io.StringIO()
    print_report(told, Console(file=stream, width=80, highlight=False))
    text = stream.getvalue()

    assert "Finding 1 of 2: a deviation of the target" in text
    assert "Finding 2 of 2: a known deviation of the target" in text
    assert "  known     the gateway <b>is</b> old, edge team, until 2027-01-31\n" in text
    assert (
        "\n2 findings, 1 known\n✗ A-2 Received 200, but expected 429\n✗ known: A-1 Received 403, but expected 401"
        in text
    )


def test_the_markdown_marks_it(told: Report) -> None:
    lines = markdown(told).splitlines()

    assert "### 1. Received 200, but expected 429" in lines
    assert "### 2. Known: Received 403, but expected 401" in lines
    (said,) = (line for line in lines if line.startswith("Tolerated: "))
    assert "edge team, until `2027-01-31`" in said
    assert "`<b>is</b>`" in said


def test_the_page_marks_it_in_either_language(told: Report) -> None:
    page, chinese = html_page(told, [], []), html_page(told, [], [], "zh-TW")

    assert page.index("Received 200, but") < page.index("Received 403, but") < page.index("Known, and tolerated:")
    assert "the gateway &lt;b&gt;is&lt;/b&gt; old" in page
    assert page.count("edge team") == page.count("Known, and tolerated:") == 1
    assert phrases()["known"][1] in chinese


def test_a_reason_that_repeats_the_cause_is_told_once(report: Make) -> None:
    cause = report(OLD).findings[0].cause
    text = markdown(report(OLD, known=(KnownFailure("A-1", cause, "edge team"), KnownFailure("A-2", "x"))))

    assert "\nTolerated: edge team\n" in text


def test_without_known_failures_nothing_is_marked(report: Make) -> None:
    made = report(OLD, NEW)

    assert [finding.known for finding in made.findings] == [[], []]
    assert "nown" not in markdown(made)
