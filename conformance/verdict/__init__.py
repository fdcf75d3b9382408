"""From the outcomes of checks to one verdict for each requirement and one for the run. Pure."""

from conformance.verdict.judge import INTERRUPTED, Judged, Judgement, RunVerdict, judge
from conformance.verdict.outcome import (
    CERTIFY,
    PROPERTY,
    Cost,
    Observation,
    Outcome,
    RunFacts,
    Verdict,
)

__all__ = [
    "CERTIFY",
    "INTERRUPTED",
    "PROPERTY",
    "Cost",
    "Judged",
    "Judgement",
    "Observation",
    "Outcome",
    "RunFacts",
    "RunVerdict",
    "Verdict",
    "judge",
]
