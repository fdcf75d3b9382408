"""The committed samples are what the suite writes now.

What a race of the run moves, such as numbers of exchanges, may differ; what was judged, found and said may not.
"""

from pathlib import Path
from typing import Any

import pytest

from conformance.report import Report
from conformance.report.files import report_json
from conformance.report.html import html_page
from conformance.report.markdown import markdown
from conformance.verdict import Verdict
from tests.samples.make_samples import FOLDER, SAMPLES, sampled

REMEDY = "tox -e samples"
BROKEN = {"conformant": [], "three-faults": ["AUTH-1", "RETRY-15", "RATE-1"]}


def text_of(name: str, file: str) -> str:
    return (FOLDER / name / file).read_text(encoding="utf-8")


def committed(name: str) -> Report:
    return Report.model_validate_json(text_of(name, "report.json"))


def lasting(report: Report) -> dict[str, Any]:
    """What is the same in every run of one commit, by what to call it."""
    suite, rows = report.suite, report.requirements
    told: dict[str, Any] = {"verdict": report.verdict, "summary": report.summary, "version": suite.version}
    told |= {"contract": suite.contract_sha256, "registry": suite.requirements_sha256}
    told |= {f"finding {each.id}": (each.requirements, each.checks, each.dependents) for each in report.findings}
    told |= {row.id: (row.level, row.sentence, row.source, row.verdict, row.checks) for row in rows}
    return told | {check.id: (check.verdict, check.requirements, check.title) for check in report.checks}


def staleness(kept: Report, fresh: Report) -> str:
    """What the two tell differently, and the command that mends it; empty where they are alike."""
    old, new = lasting(kept), lasting(fresh)
    odd = [name for name in old | new if old.get(name) != new.get(name)]
    return f"reports/sample is stale ({', '.join(odd[:5])}); write it anew: {REMEDY}" if odd else ""


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_tells_what_it_is_a_sample_of(name: str) -> None:
    report = committed(name)

    assert [id_ for finding in report.findings for id_ in finding.requirements] == BROKEN[name]
    assert report.profile == "certify"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_formats_are_written_as_they_are_now(name: str) -> None:
    """The page has the messages of findings as well, which the report alone does not."""
    report, page = committed(name), {*text_of(name, "report.html").splitlines()}

    assert report_json(report) == text_of(name, "report.json"), REMEDY
    assert markdown(report) == text_of(name, "report.md"), REMEDY
    assert [line for line in html_page(report).splitlines() if line not in page] == [], REMEDY


def test_a_stale_sample_is_found_and_the_remedy_told() -> None:
    report = committed("conformant")
    first = report.requirements[0].model_copy(update={"verdict": Verdict.FAIL})
    other = report.model_copy(update={"requirements": [first, *report.requirements[1:]]})

    assert staleness(report, report) == ""
    assert staleness(report, other) == f"reports/sample is stale ({first.id}); write it anew: {REMEDY}"


@pytest.mark.slow
def test_the_sample_with_faults_is_fresh(tmp_path: Path) -> None:
    """The longest test of the samples; a conformant run has nothing more to tell."""
    fresh, _ = sampled("three-faults", tmp_path)

    assert staleness(committed("three-faults"), fresh) == ""
