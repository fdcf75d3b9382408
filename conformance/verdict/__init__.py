"""From the outcomes of checks to one verdict for each requirement and one for the run. Pure."""

from conformance.verdict.findings import Again, Finding, findings
from conformance.verdict.judge import DECISIVE_FIRST, INTERRUPTED, STOPPED_EARLY, Judged, JudgedRun, RunVerdict, judge
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
from conformance.verdict.tolerance import Known, State

__all__ = [
    "CERTIFY",
    "DECISIVE_FIRST",
    "INTERRUPTED",
    "PROPERTY",
    "STOPPED_EARLY",
    "Again",
    "Cost",
    "Finding",
    "Judged",
    "JudgedRun",
    "Known",
    "Mark",
    "Observation",
    "Outcome",
    "RunFacts",
    "RunVerdict",
    "Selection",
    "State",
    "Step",
    "Verdict",
    "findings",
    "judge",
]
