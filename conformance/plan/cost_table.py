"""What scenarios cost, as it was measured on the reference server: `python -m conformance.cli.measuring` writes it.

A run is measured with everything in the target file, and others without one part of it each. What a target file costs
that lacks several parts is put together from these.
"""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.plan.amount import NOTHING, Amount, Bill
from conformance.plan.marks import PROFILES, Profile

PLACE = Path(__file__).with_name("costs.json")
AT_THE_END = "/at the end"
"""How the name ends of what a scenario sends when it is torn down."""
WHOLE = PROFILES[-1]


@dataclass(frozen=True)
class Measured:
    """A measured run: what was asked, and what the target file did not have (`conformance.plan.lacks.PARTS`)."""

    profile: Profile
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scenario:
    """What one scenario takes. `seconds` are those of the target's time that pass in it, unless it is a wait."""

    bills: Mapping[Measured, Bill]
    """A certify run that is not here is like the one with everything. In the others only what they sent is here."""
    area: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Wait:
    """What a scenario waits for, and how many seconds of the target's time at least."""

    what: str
    seconds: float


@dataclass(frozen=True)
class Case:
    """A test: its requirements, the scenarios that it sends or is given, and what it is not tested without."""

    requirements: tuple[str, ...]
    scenarios: frozenset[str]
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CostTable:
    """Tests are named as reports print them: "suite/test_x.py::test_y[z]"."""

    runs: tuple[Measured, ...]
    scenarios: Mapping[str, Scenario]
    waits: Mapping[str, Wait]
    tests: Mapping[str, Case]

    def bill(self, scenario: str, profile: Profile, lacks: frozenset[str]) -> Bill:
        """What this scenario takes of each account. Nothing where it is not known."""
        found = self.scenarios.get(scenario)
        if found is None:
            return {}
        base = next(run for run in self._nearest(profile, lacks) if run.profile == WHOLE or run in found.bills)
        bill = dict(self._of(found, base))
        for part in sorted(lacks - base.lacks):
            bill = self._without(bill, found, part)
        return bill

    def _nearest(self, profile: Profile, lacks: frozenset[str]) -> list[Measured]:
        """The runs to begin from: of the same profile first, and those that lack most of what is lacking."""
        fit = [run for run in self.runs if run.profile in {profile, WHOLE} and run.lacks <= lacks]
        return sorted(fit, key=lambda run: (run.profile != profile, -len(run.lacks)))

    def _of(self, scenario: Scenario, run: Measured) -> Bill:
        return scenario.bills.get(run, scenario.bills.get(Measured(WHOLE), {}))

    def _without(self, bill: dict[str, Amount], scenario: Scenario, part: str) -> dict[str, Amount]:
        """What changes where this part is lacking as well."""
        run = Measured(WHOLE, frozenset({part}))
        if run not in scenario.bills:
            return bill
        whole, less = self._of(scenario, Measured(WHOLE)), scenario.bills[run]
        if not less:
            return {}
        names = {*bill, *whole, *less}
        changed = {
            name: bill.get(name, NOTHING).plus(less.get(name, NOTHING)).less(whole.get(name, NOTHING)) for name in names
        }
        return {name: amount for name, amount in changed.items() if any(amount)}

    def cases(self, tests: Iterable[str]) -> dict[str, Case]:
        """What is known of each of these tests.

        One that another seed drew takes the place of one of its function that is not among them. Of a function that
        was never measured nothing is known.
        """
        every = list(tests)
        found = {test: self.tests[test] for test in every if test in self.tests}
        left = {name: iter(cases) for name, cases in self._others(found).items()}
        for test in every:
            if test not in found and (like := next(left.get(_function(test), iter(())), None)):
                found[test] = like
        return found

    def _others(self, known: Container[str]) -> dict[str, list[Case]]:
        """By function, those that are not among these."""
        found: dict[str, list[Case]] = {}
        for name, case in self.tests.items():
            if name not in known:
                found.setdefault(_function(name), []).append(case)
        return found


def _function(test: str) -> str:
    return test.partition("[")[0]


@cache
def load() -> CostTable:
    """The table that is shipped."""
    return from_json(json.loads(PLACE.read_text(encoding="utf-8")))


def from_json(plain: Mapping[str, Any]) -> CostTable:
    """The inverse of `to_json`."""
    runs = tuple(Measured(run["profile"], frozenset(run["lacks"])) for run in plain["runs"])
    names = list(plain["scenarios"])

    def bills(given: Mapping[str, Any]) -> dict[Measured, Bill]:
        return {runs[int(at)]: {name: Amount(*of) for name, of in bill.items()} for at, bill in given.items()}

    return CostTable(
        runs,
        {name: Scenario(bills(one["bills"]), one["area"], one["seconds"]) for name, one in plain["scenarios"].items()},
        {name: Wait(*wait) for name, wait in plain["waits"].items()},
        {
            name: Case(tuple(ids), frozenset(names[at] for at in scenarios), frozenset(needs))
            for name, (ids, scenarios, needs) in plain["tests"].items()
        },
    )


def to_json(table: CostTable) -> dict[str, Any]:
    """As JSON: runs and scenarios are referred to by their places, and an amount is a list."""
    at = {run: str(place) for place, run in enumerate(table.runs)}
    place = {name: number for number, name in enumerate(table.scenarios)}
    return {
        "runs": [{"profile": run.profile, "lacks": sorted(run.lacks)} for run in table.runs],
        "waits": {name: [wait.what, wait.seconds] for name, wait in table.waits.items()},
        "scenarios": {
            name: {
                "area": one.area, "seconds": one.seconds,
                "bills": {at[run]: {who: list(of) for who, of in bill.items()} for run, bill in one.bills.items()},
            }
            for name, one in table.scenarios.items()
        },
        "tests": {
            name: [list(case.requirements), sorted(place[one] for one in case.scenarios), sorted(case.needs)]
            for name, case in table.tests.items()
        },
    }  # fmt: skip
