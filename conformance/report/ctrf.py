"""CTRF, the Common Test Report Format (ctrf.io): a test per requirement, with its checks as steps."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conformance.report.hostile import one_line
from conformance.report.junit import details, stories
from conformance.report.model import CheckPart, Report
from conformance.report.numbers import evidence_of
from conformance.report.testcases import Case, Status, cases
from conformance.verdict import Verdict

TOOL = "gimg-conformance"
SPECIFICATION = "0.0.0"
_MOST = 5000
_STATUS = {Status.ERROR: "other"}
"""What the environment or the suite prevented is no failure of the target. The others have their own names."""
_STEPS = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.ERROR: "other", Verdict.INCONCLUSIVE: "other"}


def ctrf_json(report: Report) -> str:
    """The whole document."""
    every = cases(report)
    results = {
        "tool": {"name": TOOL, "version": report.suite.version},
        "summary": _summary(report, every),
        "tests": [_test(case) for case in every],
        "environment": _environment(report),
    }
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "timestamp": report.finished_at,
        "generatedBy": f"{TOOL} {report.suite.version}",
        "results": results,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _summary(report: Report, every: Sequence[Case]) -> dict[str, Any]:
    statuses = [_status(case) for case in every]
    counts = {name: statuses.count(name) for name in ("passed", "failed", "skipped", "pending", "other")}
    begin, end = _milliseconds(report.started_at), _milliseconds(report.finished_at)
    suites = len({case.area for case in every})
    said = {"verdict": report.verdict, "summary": _clean(report.summary), "because": list(map(_clean, report.because))}
    return {"tests": len(every), **counts, "suites": suites, "start": begin, "stop": end, "extra": said}


def _environment(report: Report) -> dict[str, Any]:
    extra = {"base_url": _clean(report.target.base_url), "seed": report.suite.seed}
    if report.suite.selection:
        extra["chosen"] = list(map(_clean, report.suite.selection.words))
    return {"appName": _clean(report.target.name), "testEnvironment": report.profile, "extra": extra}


def _test(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {
        "testId": _clean(case.row.id if case.row else case.name),
        "name": _clean(case.name),
        "status": _status(case),
        "duration": round(case.seconds * 1000),
        "suite": [_clean(case.area)],
        "rawStatus": case.raw,
    }
    if case.message:
        found["message"] = _clean(case.message)
    if case.status in {Status.FAILED, Status.ERROR}:
        found["trace"] = "\n".join(map(_clean, details(case)))
    if case.row:
        found["tags"] = [case.row.level, *case.row.rulings]
        found["labels"] = {"requirement": case.row.id, "level": case.row.level, "source": case.row.source}
        found["labels"] |= {"finding": case.finding} if case.finding else {}
    if case.checks:
        found["steps"] = [_step(check) for check in case.checks]
    if told := list(map(_clean, stories(case))):
        found["stdout"] = told
    return found


def _step(check: CheckPart) -> dict[str, Any]:
    extra = {"verdict": check.verdict, "evidence": _clean(evidence_of(check))}
    return {"name": _clean(check.id), "status": _STEPS.get(check.verdict, "skipped"), "extra": extra}


def _status(case: Case) -> str:
    return _STATUS.get(case.status, case.status.value)


def _milliseconds(moment: str) -> int:
    """Since the epoch."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def _clean(text: str) -> str:
    """Whoever shows it may be a terminal, or a page."""
    return one_line(text, _MOST)
