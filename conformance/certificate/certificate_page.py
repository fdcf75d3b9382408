"""The one page of a bundle that people read: what was tested, how it did, and what that entitles to."""

from collections.abc import Iterator

from conformance.report import Report
from conformance.report.neutral import code, prose
from conformance.requirements import Level
from conformance.verdict import RunVerdict, Verdict

MONTHS = 12
"""For which a certificate holds at most, after the run."""
NOT_COVERED = (
    "that the evidence came from this target, or from a server that customers meet: that rests on who ran it",
    "what the target did before or after the run, or does under more load than one client makes",
    "what the documentation leaves open, how good the images are, and security beyond what the requirements name",
)


def page(report: Report, certifier: str) -> str:
    """In Markdown."""
    return "\n".join(_lines(report, certifier)) + "\n"


def _lines(report: Report, certifier: str) -> Iterator[str]:
    yield from (f"# {_title(report)}", "")
    yield from _about(report, certifier)
    yield from ("", "## What was found", "", f"{report.verdict.upper()}: {report.summary}.", "")
    yield from _rows("A MUST that is broken", report, Level.MUST, Verdict.FAIL, "none")
    yield from _rows("A SHOULD that is not kept", report, Level.SHOULD, Verdict.FAIL, "none")
    yield from ("", "What the target does where the documentation leaves it free:", "")
    yield from (f"- {seen.ruling}: {prose(seen.text)}" for seen in report.observations)
    yield from ("", "## What it entitles to", "", _entitlement(report), "", "It does not show:", "")
    yield from (f"- {what};" for what in NOT_COVERED)
    yield from ("", "Check it with `gimg-conformance verify BUNDLE --key VENDOR.pub`, offline.")


def _title(report: Report) -> str:
    kept = report.verdict is RunVerdict.CONFORMANT
    return "Certificate of conformance" if kept else "Record of a certify run that found deviations"


def _about(report: Report, certifier: str) -> Iterator[str]:
    vendor = report.vendor
    if vendor:
        yield f"- Vendor: {prose(' '.join(filter(None, (vendor.organisation, vendor.product, vendor.version))))}"
        yield f"- Contact: {prose(vendor.contact) or 'none given'}"
    else:
        yield "- Vendor: not named"
    yield f"- Target: {code(report.target.name)}, {code(report.target.base_url)}"
    yield f"- Run: {report.started_at} to {report.finished_at}, profile {report.profile}, seed {report.suite.seed}"
    yield f"- Suite: gimg-conformance {report.suite.version}"
    yield f"- Contract: SHA-256 {report.suite.contract_sha256}"
    yield f"- Requirements: SHA-256 {report.suite.requirements_sha256}"
    yield f"- Accounts: {', '.join(report.cost.by_account) or 'none'}"
    yield f"- Run by: {prose(certifier) + ' (the certifier)' if certifier else 'the vendor itself (self-attested)'}"


def _rows(what: str, report: Report, level: Level, verdict: Verdict, none: str) -> Iterator[str]:
    rows = [row for row in report.requirements if row.level is level and row.verdict is verdict]
    yield f"{what}: {none if not rows else len(rows)}."
    yield from (f"- {row.id}: {row.sentence}" for row in rows)


def _entitlement(report: Report) -> str:
    if report.verdict is not RunVerdict.CONFORMANT:
        return "To nothing: the target is not conformant."
    return (
        "To say that this version of the product was found conformant to the documentation at the time of the run, with"
        f" these hashes of contract and requirements. It ends with the next version, and at the latest {MONTHS} months"
        " after the run."
    )
