"""A key's hourly quota, used up to the last call, and its next window (R4 to R7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

import pytest

from conformance.checks.windows import integer, now
from conformance.client import Api
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange
from conformance.world.fixtures import UNKNOWN_ID
from conformance.world.life import generation_id
from conformance.world.overlap import Promise
from conformance.world.scenarios.concurrency import Concurrency
from conformance.world.world import World

__all__ = ["next_window", "next_window_under_way", "spent"]

LIMIT, WINDOW = 600, 3600
LAST_ONES = 12
"""So many calls before the end are sent one by one, so that it is known which one was the last."""
BEYOND = 8
"""How many calls beyond the quota are tried on a target that refuses none."""
SIDE_BY_SIDE = 4
TOO_MANY = 429
SHORTLY = 60


@dataclass(frozen=True)
class Spent:
    """A quota used up. `served` are the calls after `before`, in order, up to the first refusal, `refused`."""

    before: Exchange
    served: tuple[Exchange, ...]
    refused: Exchange | None
    elsewhere: tuple[Exchange, ...] = ()
    """Calls of the other operations once the quota was used up."""
    another_key: Exchange | None = None
    again: Exchange | None = None

    @property
    def remained(self) -> int:
        """What remained after `before`, by its own header. Raises Inconclusive, charged to RATE-3, without one."""
        found = integer(self.before.header("x-ratelimit-remaining"))
        if found is None:
            raise Inconclusive(f"depends on a readable X-RateLimit-Remaining ({self.before.told})", root="RATE-3")
        return found

    @property
    def from_the_start(self) -> "Spent":
        """Itself. Raises NotTested when the quota had been used up before this run."""
        if self.before.status == TOO_MANY:
            raise NotTested(
                "the quota of account 'burner' was used up before the run began", "run again once its window is over"
            )
        self.in_one_window()
        told = integer((self.served or (self.before,))[-1].header("x-ratelimit-remaining"))
        if told != max(self.remained - len(self.served), 0):
            raise Inconclusive("depends on RATE-9: X-RateLimit-Remaining does not count the calls", root="RATE-9")
        return self

    def in_one_window(self) -> None:
        """Raises Inconclusive when the window ended while its quota was being used up."""
        last = self.refused or (self.served[-1] if self.served else self.before)
        reset, time = integer(self.before.header("x-ratelimit-reset")), now(last)
        # A reset that is no epoch seconds says nothing of the window; RATE-12 is about that.
        if reset is not None and time is not None and time - 2 * WINDOW < reset <= time:
            raise Inconclusive("the window ended while its quota was being used up", "run again")

    def seconds_left(self, refused: Exchange) -> float:
        """From a refusal to its reset, in the target's time. Raises Inconclusive when the reset makes no sense."""
        reset, time = integer(refused.header("x-ratelimit-reset")), now(refused)
        if refused.status != TOO_MANY:
            raise Inconclusive(f"depends on RATE-8: {refused.told}", root="RATE-8")
        if reset is None or time is None or not time - 5 <= reset <= time + WINDOW + 5:
            raise Inconclusive(f"depends on RATE-12: the reset {reset} is not within an hour", root="RATE-12")
        return reset - time

    @property
    def the_end(self) -> Exchange:
        """The first refusal. Raises Inconclusive, charged to RATE-6, when there was none."""
        if self.refused is None:
            raise Inconclusive("depends on a quota that could not be used up", root="RATE-6")
        return self.refused


def _spend(poll: Callable[[str], Exchange], before: Exchange) -> tuple[list[Exchange], Exchange | None]:
    remained = integer(before.header("x-ratelimit-remaining"))
    left = LIMIT if remained is None or remained > LIMIT else remained
    served: list[Exchange] = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        calls = [
            pool.submit(copy_context().run, poll, "using up the quota, side by side")
            for _ in range(max(left - LAST_ONES, 0))
        ]
        answers = [call.result() for call in calls]
    served += [answer for answer in answers if answer.status != TOO_MANY]
    refused = [answer for answer in answers if answer.status == TOO_MANY]
    if refused:
        return served, refused[0]
    for _ in range(min(left, LAST_ONES) + BEYOND):
        answer = poll("using up the quota, one by one")
        if answer.status == TOO_MANY:
            return served, answer
        served.append(answer)
    return served, None


@pytest.fixture(scope="session")
def spent(world: World, burner: Api, concurrency: Concurrency) -> Spent:
    """The burner's quota, used up by polling a generation of its own; `concurrency` comes first and needs some."""
    made = next((e for e in concurrency.at_work if generation_id(e)), None) or burner.generate(asked_for_429=True)
    own = generation_id(made)

    def poll(probe: str) -> Exchange:
        return burner.generation(own or UNKNOWN_ID, asked_for_429=True, probe=probe)

    before = poll("what remains of the quota")
    if before.status == TOO_MANY:
        return Spent(before, (), before)
    if before.status != 200:
        raise Inconclusive(f"depends on a poll that is served ({before.told})", root="LIFE-1")
    served, refused = _spend(poll, before)
    if refused is None:
        return Spent(before, tuple(served), None)
    elsewhere = (
        burner.generate(asked_for_429=True, probe="generate, the quota used up by polls"),
        burner.upload(asked_for_429=True, probe="upload, the quota used up by polls"),
    )
    another = world.account("primary").generation(
        UNKNOWN_ID, asked_for_429=True, probe="another key, while the burner's quota is used up"
    )
    return Spent(before, tuple(served), refused, elsewhere, another, poll("refused once more"))


@dataclass(frozen=True)
class NextWindow:
    """The refusal that told the old reset, one shortly before it, and the first call after it."""

    refused: Exchange
    shortly_before: Exchange
    after: Exchange


@pytest.fixture(scope="session")
def next_window_under_way(world: World, burner: Api, spent: Spent) -> Promise[NextWindow]:
    """Waits for the reset of the window whose quota was used up."""
    refused = spent.the_end
    reset, time = integer(refused.header("x-ratelimit-reset")), now(refused)
    if reset is None or time is None or not 0 < reset - time <= WINDOW + 5:
        raise Inconclusive(f"depends on a reset that can be awaited ({refused.told})", root="RATE-12")
    seconds = reset - time

    def provoke() -> NextWindow:
        # Other scenarios may have moved a stepped clock meanwhile, even beyond the reset.
        left = seconds if (present := world.clock.now()) is None else reset - present
        before = refused
        if left > SHORTLY:
            world.clock.sleep(left - SHORTLY)
            before = burner.generation(UNKNOWN_ID, asked_for_429=True, probe="shortly before the reset")
        world.clock.sleep(max(min(left, SHORTLY), 0) + 2)
        after = burner.generation(
            spent.before.request.url.rpartition("/")[2], asked_for_429=True, probe="after the reset"
        )
        return NextWindow(refused, before, after)

    return world.begin(provoke, "the rate-limit window's reset", seconds + 2)


@pytest.fixture(scope="session")
def next_window(next_window_under_way: Promise[NextWindow]) -> NextWindow:
    """The window after the one whose quota was used up."""
    return next_window_under_way.result()
