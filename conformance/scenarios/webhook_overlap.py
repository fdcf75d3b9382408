"""Deliveries that are under way to one endpoint at the same time, and an endpoint that recovers on retries only (R41).

New endpoints of the account `other`, each with two failing deliveries at most. They subscribe to failures where these
can be provoked: those cost nothing, and no other scenario of the account makes any meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from conformance.checks.disabling import Endpoint, Offer
from conformance.checks.retries import GAPS, LONGEST, MOST_ATTEMPTS, Bounds
from conformance.client import Api
from conformance.evidence.delivery import Delivery
from conformance.receiver import Answer, Status
from conformance.scenarios.webhook_retries import BAD, OK, RESERVE, SHORTEST
from conformance.world.hooks import Hook
from conformance.world.laboratory import Caused, Laboratory
from conformance.world.overlap import Promise
from conformance.world.world import World

FAIL: tuple[Answer, ...] = (BAD,) * MOST_ATTEMPTS
BOTH_FAIL, ONE_IS_TAKEN, ONE_RECOVERS, RECOVERING = (
    "two that fail", "one that fails, one taken at once", "one that fails, one taken on its retry",
    "recovers on retries only",
)  # fmt: skip
FIRST, SECOND, THIRD, LAST = "the first", "the second", "a third", "a last"
SCRIPTS: dict[str, dict[str, tuple[Answer, ...]]] = {
    BOTH_FAIL: {FIRST: FAIL, SECOND: FAIL},
    ONE_IS_TAKEN: {FIRST: FAIL, SECOND: (Status(226),)},
    ONE_RECOVERS: {FIRST: (BAD, Status(202)), SECOND: FAIL},
    RECOVERING: {FIRST: (BAD, BAD, BAD, OK), SECOND: (BAD, BAD, BAD, OK), THIRD: (BAD, BAD, OK)},
}
"""How each endpoint answers each delivery; 200 where nothing is said. RECOVERING has eight failures when the last
delivery is due, but never more than six in a row.
"""
FAILING = ((BOTH_FAIL, FIRST), (BOTH_FAIL, SECOND), (ONE_IS_TAKEN, FIRST), (ONE_RECOVERS, SECOND))
APART = 8.0
"""Seconds of the target's time from the first attempts of one delivery to the call that makes the next."""


@dataclass(frozen=True)
class Overlapping:
    """The first two deliveries at each endpoint, by its name and theirs, and what RECOVERING was offered."""

    deliveries: Mapping[tuple[str, str], Delivery]
    recovering: Endpoint

    def of(self, endpoint: str, which: str) -> Delivery:
        return self.deliveries[endpoint, which]

    @property
    def all(self) -> tuple[Delivery, ...]:
        return tuple(self.deliveries.values())

    @property
    def most(self) -> int:
        """How many attempts any of them had."""
        return max(len(delivery.attempts) for delivery in self.all)


@pytest.fixture(scope="session")
def overlapping_under_way(world: World, lab: Laboratory, other: Api) -> Promise[Overlapping]:
    return world.begin(lambda: _overlap(lab, other), "overlapping deliveries", SHORTEST + 4 * RESERVE)


@pytest.fixture(scope="session")
def overlapping(overlapping_under_way: Promise[Overlapping]) -> Overlapping:
    """Two deliveries under way at once to each of several endpoints."""
    return overlapping_under_way.result()


def _overlap(lab: Laboratory, other: Api) -> Overlapping:
    hooks = {name: lab.hooks.open("other", name, (OK,), [lab.free_event]) for name in SCRIPTS}
    try:
        caused = _observe(lab, other, hooks)
        deliveries = {
            (name, which): lab.read(one, hook, planned=len(SCRIPTS[name].get(which, (OK,))))
            for name, hook in hooks.items()
            for which, one in list(caused.items())[:2]
        }
        return Overlapping(deliveries, _recovering(lab, hooks, caused))
    finally:
        lab.hooks.close(hooks.values())


def _observe(lab: Laboratory, other: Api, hooks: Mapping[str, Hook]) -> dict[str, Caused]:
    caused = {FIRST: _cause(lab, other, hooks, FIRST)}
    lab.wait(lambda: False, APART)
    caused[SECOND] = _cause(lab, other, hooks, SECOND)
    # Twice as long as a schedule: a sender may begin a delivery when the one before is over (R41).
    lab.wait(lambda: all(map(_over, *_pairs(hooks, caused))), 2 * LONGEST + RESERVE)
    caused[THIRD] = _cause(lab, other, hooks, THIRD)
    third = caused[THIRD]
    lab.wait(lambda: len(hooks[RECOVERING].attempts(third.id)) > 1, Bounds(GAPS[0]).most)
    lab.wait(lambda: False, 1.0)
    caused[LAST] = _cause(lab, other, hooks, LAST)
    lab.let_pass()
    return caused


def _pairs(hooks: Mapping[str, Hook], caused: Mapping[str, Caused]) -> tuple[list[tuple[Hook, Caused]], list[int]]:
    """Every delivery of a script, and how many attempts the script asks for."""
    wanted = {(name, which): len(script) for name, scripts in SCRIPTS.items() for which, script in scripts.items()}
    due = {(name, which): count for (name, which), count in wanted.items() if which in caused}
    return [(hooks[name], caused[which]) for name, which in due], list(due.values())


def _over(pair: tuple[Hook, Caused], planned: int) -> bool:
    hook, one = pair
    found = hook.attempts(one.id)
    return len(found) >= planned and all(attempt.ended for attempt in found)


def _cause(lab: Laboratory, other: Api, hooks: Mapping[str, Hook], which: str) -> Caused:
    scripts = {name: script[which] for name, script in SCRIPTS.items() if which in script}
    return lab.cause(other, tuple(hooks.values()), lab.free_cause(f"overlapping: {which}", scripts))[0]


def _recovering(lab: Laboratory, hooks: Mapping[str, Hook], caused: Mapping[str, Caused]) -> Endpoint:
    """What RECOVERING was offered, as far as another endpoint tells when it was due."""
    offers = list[Offer]()
    for one in caused.values():
        control = hooks[ONE_IS_TAKEN].attempts(one.id)
        if control:
            offers.append(Offer(control[0].arrived.target, hooks[RECOVERING].attempts(one.id)))
    generate = caused[LAST].life.accepted
    name = f"the endpoint {RECOVERING!r}"
    return Endpoint(name, tuple(offers), generate, lab.hooks.noise, lab.hooks.late_answers)
