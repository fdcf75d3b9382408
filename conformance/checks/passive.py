"""The passive checks: they judge all traffic of a run at no extra request."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.checks import generate, lifecycle, outputs, rate, traffic, uploads
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.table import TABLE
from conformance.evidence.blame import spoilt

MODULES = (traffic, rate, lifecycle, outputs, uploads, generate)
CHECKS = {row.name: row for module in MODULES for row in TABLE.values() if row.judge.__module__ == module.__name__}
"""By name, in the order of the modules and of their lines."""


@dataclass(frozen=True)
class Traffic:
    """The exchanges with one server: every one, and those that nothing spoilt (R44).

    `every` also has those that are not judged, as calls of no operation: a target may have counted them.
    """

    every: Evidence
    whole: Evidence

    @classmethod
    def of(cls, evidence: Evidence, beside: Evidence = ()) -> "Traffic":
        uncertain = [replace(exchange, operation="", tags=()) for exchange in beside]
        return cls([*evidence, *uncertain], [exchange for exchange in evidence if not spoilt(exchange)])


def rule(check: str, servers: Iterable[Traffic]) -> Ruled:
    """The ruling of the check of this name on the traffic with each server."""
    row = CHECKS[check]
    return sum((row.judge(seen.every if row.spoilt else seen.whole) for seen in servers), Ruled(frozenset()))


__all__ = ["CHECKS", "Finding", "Ruled", "Traffic", "rule"]
