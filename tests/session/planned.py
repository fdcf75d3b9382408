"""How near what a run took must be to its plan."""

from collections.abc import Mapping
from typing import Any

TOLERANCE = 0.1
A_FEW = 4
"""Requests by which a small run may differ: polls of a generation that takes its time."""


def is_near(cost: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    """Whether requests and credits over all accounts are within a tenth of the plan, or a few."""
    return all(
        abs(cost[what] - planned[what]) <= max(A_FEW, TOLERANCE * cost[what]) for what in ("requests", "credits")
    )
