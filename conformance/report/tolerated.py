"""The known failures that a finding is tolerated for, in words."""

from conformance.report.model import FindingPart, KnownPart, Report


def entries_of(finding: FindingPart, report: Report) -> list[KnownPart]:
    """Those that account for it; none where it is new."""
    return [entry for entry in report.known_failures if entry.id in finding.known]


def told(entry: KnownPart, cause: str = "") -> str:
    """Why it is tolerated, unless that only repeats its `cause`, who sees to it, and until when."""
    why = entry.reason if entry.reason != cause else ""
    until = f"until {entry.expires}" if entry.expires else ""
    return ", ".join(filter(None, (why, entry.owner, until))) or "nobody says who sees to it"
