"""What is told of extensions beside the documentation: each as a report of its own, for the writers of reports."""

from collections.abc import Iterator

from conformance.report.model import AreaPart, ExtensionPart, Report
from conformance.verdict import RunVerdict, Verdict


class Beside(Report):
    """A report that has an extension's requirements, checks and findings in place of the documentation's."""


def reports_beside(report: Report) -> Iterator[tuple[ExtensionPart, Beside]]:
    """Each extension, and its report."""
    run = {name: getattr(report, name) for name in Report.model_fields}
    for part in report.extensions:
        own = {
            "areas": [AreaPart(area=part.area, title=part.title)],
            "suite": report.suite.model_copy(update={"selection": None}),
            "extensions": [], "known_failures": [], "observations": [], "problems": [], "scenarios": [], "warnings": [],
        }  # fmt: skip
        same = ("verdict", "summary", "because", "exit_status", "tested", "total")
        lists = ("findings", "requirements", "checks")
        yield part, Beside.model_construct(**run | own | {name: getattr(part, name) for name in (*same, *lists)})


FAULTS = "Faults of its tests (of the extension: not of the target, nor of the suite)"
"""Over what they raised that is nobody's deviation."""


def name_beside(part: ExtensionPart) -> str:
    """Which one it is: "Extension ACME (what Acme adds)"."""
    return f"Extension {part.area} ({part.title})"


def status_alone(report: Report) -> int:
    """The exit status without what extensions add: 1 is theirs where no MUST of the documentation is broken."""
    if not any(part.exit_status for part in report.extensions) or report.verdict is RunVerdict.NONCONFORMANT:
        return report.exit_status
    return 3 if report.verdict is RunVerdict.UNDECIDED else 0


def told_beside(report: Report) -> str:
    """Behind the summary, on the line of the verdict; empty without extensions."""
    return "".join(f"; extension {part.area} {part.verdict}{_at_fault(part)}" for part in report.extensions)


def _at_fault(part: ExtensionPart) -> str:
    number = sum(check.verdict is Verdict.ERROR for check in part.checks)
    return f", {number} of its tests at fault" if number else ""
