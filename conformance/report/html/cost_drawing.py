"""What the run cost, by account and by area, as bars beside the numbers."""

from collections import defaultdict
from dataclasses import dataclass

from conformance.report.model import Report


@dataclass(frozen=True, slots=True)
class Row:
    """One bar. `share` is in per cent of the longest; `seconds` of an area, `credits` of an account."""

    name: str
    requests: int
    share: float
    credits: float = 0.0
    seconds: float = 0.0


def by_account(report: Report) -> list[Row]:
    """That with the most requests first."""
    costs = sorted(report.cost.by_account.items(), key=lambda one: -one[1].requests)
    most = max((cost.requests for _, cost in costs), default=0)
    return [Row(name, cost.requests, _share(cost.requests, most), credits=cost.credits) for name, cost in costs]


def by_area(report: Report) -> list[Row]:
    """In the order of the registry; under "" what is shared by all areas."""
    requests, took = defaultdict[str, int](int), defaultdict[str, float](float)
    for scenario in report.scenarios:
        requests[scenario.area] += scenario.requests
        took[scenario.area] += scenario.seconds
    most = max(requests.values(), default=0)
    names = [*(area.area for area in report.areas), ""]
    return [
        Row(name, requests[name], _share(requests[name], most), seconds=took[name])
        for name in names
        if name in requests
    ]


def _share(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
