"""From the outcomes of checks to one verdict for each requirement and one for the run. Pure."""

from conformance.verdict.findings import Finding, findings
from conformance.verdict.judge import INTERRUPTED, STOPPED_EARLY, Judged, JudgedRun, RunVerdict, judge
from conformance.verdict.outcome import (
    CERTIFY,
    PROPERTY,
    Cost,
    Observation,
    Outcome,
    RunFacts,
    Selection,
    Verdict,
)
from conformance.verdict.step import Mark, Step

__all__ = [
    "CERTIFY",
    "INTERRUPTED",
    "PROPERTY",
    "STOPPED_EARLY",
    "Cost",
    "Finding",
    "Judged",
    "JudgedRun",
    "Mark",
    "Observation",
    "Outcome",
    "RunFacts",
    "RunVerdict",
    "Selection",
    "Step",
    "Verdict",
    "findings",
    "judge",
]
