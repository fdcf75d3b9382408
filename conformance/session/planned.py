"""The plan of this run, and what keeps it within the limits of the target file."""

import math
from collections.abc import Iterable

import pytest

from conformance.counted import counted
from conformance.errors import ConfigurationError
from conformance.plan.amount import Amount
from conformance.plan.estimate import Planned, Terms, planned
from conformance.plan.settings import Settings
from conformance.session.collection import scope_of
from conformance.session.embedded import unserved
from conformance.session.spending import SoFar
from conformance.target.config import Limits

MORE = 1.1
"""A run that takes more than this many times its plan is stopped, where the target file has limits."""
A_FEW = 4
"""By which a small plan may be exceeded, too: polls of a generation that takes its time."""
LIMITED = ("requests", "credits")


def workers_of(config: pytest.Config) -> int:
    """How many processes run tests."""
    handed = getattr(config, "workerinput", {}).get("workercount")
    return int(handed or getattr(config.option, "numprocesses", None) or 1)


def plan_of(settings: Settings, tests: Iterable[str], workers: int) -> Planned:
    """What these tests take, by their names as reports print them."""
    # Each worker has an embedded server of its own; the clock of another target has one mover.
    target = unserved() if settings.embedded else settings.target
    together = bool(target.clock.control) and not settings.embedded
    return planned(
        list(tests),
        Terms(settings.profile, target, settings.max_wait, 1 if together else workers, scope_of),
    )


def keep_within(limits: Limits, plan: Planned, tells: str = "`gimg-conformance plan`") -> None:
    """Raises ConfigurationError where a run is planned to take more than the target file allows.

    `tells`: where it is shown what each test takes.
    """
    for what in LIMITED:
        limit, most = getattr(limits, f"max_{what}"), getattr(plan.all, what)
        if 0 < limit < most:
            raise ConfigurationError(
                f"limits.max_{what} is {limit}, but this run is planned to take {most} {what} of all accounts together",
                f"raise it to {most}, or choose less with --only{_smaller(plan)}; {tells} tells what each takes",
            )


def _smaller(plan: Planned) -> str:
    return "" if plan.profile == "smoke" else " or a smaller --profile"


class Allowance:
    """Says, in a word, why a run that takes much more than its plan sends nothing more; "" as long as it does not.

    Every process looks at what all of them sent. `limits` of 0 stop nothing.
    """

    def __init__(self, limits: Limits, plan: Planned, so_far: SoFar) -> None:
        self._plan, self._so_far = plan.all, so_far
        self._most = {what: _most(getattr(limits, f"max_{what}"), getattr(plan.all, what)) for what in LIMITED}
        self.stopped = ""

    def __call__(self) -> str:
        """Look at what was spent, unless it is known to be too much."""
        if not self.stopped:
            self.stopped = self._exceeded(dict(zip(LIMITED, self._so_far(), strict=True)))
        return self.stopped

    def _exceeded(self, spent: dict[str, int]) -> str:
        for what, most in self._most.items():
            if spent[what] >= most > 0:
                plan = getattr(self._plan, what)
                taken = counted(spent[what], f"{what[:-1]} was", f"{what} were")
                return f"stopped: {taken} taken, which exceeded the plan of {plan}"
        return ""


def _most(limit: int, amount: float) -> float:
    """How many make it stop: a tenth more than planned, but never more than the limit; 0: none."""
    return min(limit, max(math.ceil(amount * MORE), amount + A_FEW)) if limit else 0


def amounts(plan: Planned) -> dict[str, dict[str, float]]:
    """As a report has them, by account."""
    return {name: dict(zip(Amount._fields, amount, strict=True)) for name, amount in plan.bill.items()}
