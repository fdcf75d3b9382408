"""Many targets beside each other, for a programme of vendors: one row each, by area, as JSON and as a page."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel

from conformance.report import Report
from conformance.report.model import AreaPart, VendorPart
from conformance.requirements import Level
from conformance.verdict import RunVerdict, Verdict

FORMAT: Final = "gimg-conformance-overview/1"


class AreaResult(BaseModel):
    """Of the binding requirements of an area, how many have each verdict."""

    area: str
    passed: int
    failed: int
    open: int
    """Inconclusive, in error, or not tested."""


class TargetResult(BaseModel):
    """How one target did."""

    name: str
    base_url: str
    vendor: VendorPart | None
    verdict: RunVerdict
    summary: str
    profile: str
    suite_version: str
    finished_at: str
    findings: list[str]
    """Their causes."""
    areas: list[AreaResult]


class Overview(BaseModel):
    """All targets, in the order of their names."""

    format: Literal["gimg-conformance-overview/1"] = FORMAT
    areas: list[AreaPart]
    targets: list[TargetResult]


def overview(reports: Sequence[Report]) -> Overview:
    """One row for each report."""
    areas = {area.area: area for report in reports for area in report.areas}
    rows = sorted((_target(report) for report in reports), key=lambda row: (row.name, row.base_url))
    return Overview(areas=list(areas.values()), targets=rows)


def _target(report: Report) -> TargetResult:
    return TargetResult(
        name=report.target.name,
        base_url=report.target.base_url,
        vendor=report.vendor,
        verdict=report.verdict,
        summary=report.summary,
        profile=report.profile,
        suite_version=report.suite.version,
        finished_at=report.finished_at,
        findings=[finding.cause for finding in report.findings],
        areas=[_area(report, area.area) for area in report.areas],
    )


def _area(report: Report, area: str) -> AreaResult:
    rows = [row for row in report.requirements if row.area == area and row.level is not Level.OPEN]
    counts: dict[Any, int] = Counter(row.verdict for row in rows)
    done = counts[Verdict.PASS] + counts[Verdict.NOT_APPLICABLE]
    return AreaResult(
        area=area, passed=done, failed=counts[Verdict.FAIL], open=len(rows) - done - counts[Verdict.FAIL]
    )  # fmt: skip
