"""A key's hourly quota, used up to the last call, and its next window (R4 to R7)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

import pytest

from conformance.checks.windows import AHEAD, LIMIT, STEADY, WINDOW, accepted, integer, now
from conformance.client import Api
from conformance.client.circuit import LONGEST_BURST_WAIT
from conformance.contract import load
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY, lost
from conformance.scenarios.concurrency import Concurrency
from conformance.world.first_contact import UNKNOWN_ID
from conformance.world.held_calls import together
from conformance.world.life import generation_id
from conformance.world.next_quota import await_quota
from conformance.world.overlap import Promise
from conformance.world.world import World

CROSSING, AT_THE_END = 2, 4
"""With so many calls left, so many are sent at once."""
LAST_SECOND = 0.5
LAST_ONES = 20
"""The last calls, sent one by one, so that it is known which one was the last to be served."""
BEYOND = 8
"""How many calls beyond the quota are tried on a target that refuses none."""
SIDE_BY_SIDE = 4
SHORTLY = 60
AFTER_THE_RESET = 3
"""Seconds after the reset that leave no doubt that it has passed."""

FreeCall = Callable[[str], Exchange]
"""A call that is served and costs nothing but its place in the quota; what it is for, in words."""


@dataclass(frozen=True)
class Spent:
    """A quota used up. `served` are the calls after `before`, in order, up to the first refusal, `refused`."""

    polled: str
    """The generation whose polls use it up; empty: uploads do."""
    first: Exchange
    """The first call under the key in this run."""
    before: Exchange
    served: tuple[Exchange, ...] = ()
    refused: Exchange | None = None
    lost: int = 0
    """Calls up to then that brought no answer. The target may have counted them, or not."""
    elsewhere: tuple[Exchange, ...] = ()
    """Calls of the other operations once the quota was used up."""
    neighbours: tuple[Exchange, ...] = ()
    """A call under another key before the quota was used up, and after that one of each operation."""
    again: Exchange | None = None
    keyed: Exchange | None = None
    """A generation with an idempotency key, made before."""
    at_once: tuple[Exchange, ...] = ()
    """Calls at the same time once the quota was used up."""
    replay: Exchange | None = None
    """`keyed` once more, when the quota was used up; None when that had not been accepted."""

    @property
    def remained(self) -> int:
        """What remained after `before`, by its own header. Raises Inconclusive (RATE-3, RATE-4) without one."""
        text = self.before.header("x-ratelimit-remaining")
        found = integer(text)
        if found is None or found > LIMIT:
            root = "RATE-3" if text is None else "RATE-4"
            raise Inconclusive(f"depends on {root}: X-RateLimit-Remaining {text} in {self.before.told}", root=root)
        return found

    @property
    def owed(self) -> tuple[int, int]:
        """The least and the most calls that are served after `before`, less those whose answers were lost on the way.

        Whether Remaining counts the call that tells it is open: the first of a window tells the quota, or one less.
        Raises NotTested when the quota had been used up before this run, Inconclusive when the headers do not count.
        """
        if self.before.status == TOO_MANY:
            raise NotTested(
                "the quota of account 'burner' was used up before the run began", "run again once its window is over"
            )
        self.in_one_window()
        # Of calls side by side, the last in this order need not have been counted last.
        counts = (integer(call.header("x-ratelimit-remaining")) for call in self.served or (self.before,))
        told = min((count for count in counts if count is not None), default=None)
        unseen = -1 if told is None else max(self.remained - len(self.served), 0) - told
        if not 0 <= unseen <= self.lost:
            raise Inconclusive("depends on RATE-9: X-RateLimit-Remaining does not count the calls", root="RATE-9")
        remained = self.remained - unseen
        first = integer(self.first.header("x-ratelimit-remaining")) if accepted(self.first) else None
        return max(remained - (first != LIMIT - 1), 0), max(remained - (first == LIMIT), 0)

    @property
    def too_many(self) -> int:
        """Calls served beyond the whole quota, whatever the headers said."""
        self.in_one_window()
        return max(len(self.served) - LIMIT, 0)

    def in_one_window(self) -> None:
        """Raises Inconclusive when the window ended while its quota was being used up."""
        last = self.refused or (self.served[-1] if self.served else self.before)
        reset, time = integer(self.before.header("x-ratelimit-reset")), now(last)
        # A reset that is no epoch seconds says nothing of the window; RATE-12 is about that.
        if reset is not None and time is not None and time - 2 * WINDOW < reset <= time + 1:
            raise Inconclusive("the window ended while its quota was being used up", "run again")

    def seconds_left(self, refused: Exchange) -> float:
        """From a refusal to its reset, in the target's time. Raises Inconclusive when the reset makes no sense."""
        reset, time = integer(refused.header("x-ratelimit-reset")), now(refused)
        if refused.status != TOO_MANY:
            raise Inconclusive(f"depends on RATE-8: {refused.told}", root="RATE-8")
        if reset is None or time is None or not time - 5 <= reset <= time + AHEAD:
            raise Inconclusive(f"depends on RATE-12: the reset {reset} is not within an hour", root="RATE-12")
        earlier = integer(self.first.header("x-ratelimit-reset"))
        if earlier is not None and time < earlier - STEADY and abs(reset - earlier) > STEADY:
            raise Inconclusive(f"depends on RATE-13: the reset has moved to {reset}", root="RATE-13")
        return reset - time

    @property
    def the_end(self) -> Exchange:
        """The first refusal. Raises Inconclusive, charged to RATE-6, when there was none."""
        if self.refused is None:
            raise Inconclusive("depends on a quota that could not be used up", root="RATE-6")
        return self.refused

    def refused_of(self, operation: str) -> Exchange:
        """A call of this operation at the end. Raises NotTested when there is none right in all but the quota."""
        calls = {call.operation: call for call in (self.the_end, *self.elsewhere)}
        if not self.elsewhere:
            raise NotTested("account 'burner' could not generate", "give account 'burner' a few credits")
        return calls[operation]

    @property
    def another_key(self) -> tuple[Exchange, ...]:
        """Raises Inconclusive when the other key was throttled before this one had used up its quota."""
        _ = self.the_end
        before, *after = self.neighbours
        left = integer(before.header("x-ratelimit-remaining"))
        if before.status == TOO_MANY or (left is not None and left < len(after)):
            name = before.account
            raise Inconclusive(f"the quota of account {name!r} is used up", "run again once its window is over")
        return tuple(after)


def _side_by_side(call: FreeCall, count: int) -> list[Exchange]:
    """`count` calls, a few at a time; fewer once one is refused, for the quota or for concurrency."""
    over = threading.Event()

    def once() -> Exchange | None:
        if over.is_set():
            return None
        answer = call("using up the quota, side by side")
        if answer.status == TOO_MANY:
            over.set()
        return answer

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        calls = [pool.submit(copy_context().run, once) for _ in range(count)]
        answers = [call.result() for call in calls]
    return [answer for answer in answers if answer and answer.status != TOO_MANY]


def _spend(call: FreeCall, before: Exchange) -> tuple[list[Exchange], Exchange | None]:
    """The calls served, and the refusal that followed: always of a call that was alone, so that it is the quota's.

    The last ones that remain are asked for by more calls at once than there are.
    """
    remained = integer(before.header("x-ratelimit-remaining"))
    left = LIMIT if remained is None or remained > LIMIT else remained
    served = _side_by_side(call, max(left - LAST_ONES, 0))
    while left > CROSSING and len(served) < left - CROSSING:
        answer = call("using up the quota, one by one")
        if answer.status == TOO_MANY:
            return served, answer
        served.append(answer)
    if left >= CROSSING:
        served += _side_by_side(call, AT_THE_END)
    while len(served) < left + BEYOND:
        answer = call("using up the quota, one by one")
        if answer.status == TOO_MANY:
            return served, answer
        served.append(answer)
    return served, None


def free_call(burner: Api, own: str) -> FreeCall:
    """Polls of a generation of its own, or uploads, when the account can have none."""

    def call(probe: str) -> Exchange:
        if own:
            return burner.generation(own, expects_429=True, probe=probe)
        return burner.upload(expects_429=True, probe=probe)

    return call


def repeated(burner: Api, keyed: Exchange) -> Exchange:
    """A call of generate once more, with its key."""
    key = keyed.request.header("idempotency-key") or ""
    return burner.generate(
        keyed.request.json, idempotency_key=key, expects_429=True, probe="the same again", tags=("replay",)
    )


def _neighbour(world: World, customer: Api, operation: str, probe: str) -> Exchange:
    """A call that costs nothing but its place in the quota."""
    body: object = {} if load().operations[operation].charged else None
    with world.quota.slot(customer.account):
        return customer.call(operation, UNKNOWN_ID, body=body, expects_429=True, probe=probe)


def _elsewhere(burner: Api, made: Exchange) -> tuple[Exchange, ...]:
    used_up_before = made.status == TOO_MANY and integer(made.header("x-ratelimit-remaining")) == 0
    if not used_up_before and not accepted(made):
        return ()
    own, how = generation_id(made) or UNKNOWN_ID, "before" if used_up_before else "by polls"
    # Used up before, nothing was polled, and `made` is a call like any other.
    done = {made.operation: made} if used_up_before else {}
    return tuple(
        done.get(name) or burner.call(name, own, expects_429=True, probe=f"{name}, the quota used up {how}")
        for name in load().keyed
        if name != "generation"
    )


def _usable(before: Exchange) -> None:
    """Raises Inconclusive when a first call is neither served nor refused for its quota."""
    wait = integer(before.header("retry-after"))
    left = integer(before.header("x-ratelimit-remaining"))
    if before.status == TOO_MANY and left != 0 and wait is not None and wait <= LONGEST_BURST_WAIT:
        raise Inconclusive(f"depends on RATE-24: a single call is throttled ({before.told})", root="RATE-24")
    if before.status != TOO_MANY and not accepted(before):
        root = "LIFE-1" if before.operation == "generation" else "UP-1"
        raise Inconclusive(f"depends on {root}: a call that is served ({before.told})", root=root)


@pytest.fixture(scope="session")
def spent(world: World, burner: Api, customer: Api, concurrency: Concurrency) -> Spent:
    """The burner's quota, used up by calls that cost nothing; `concurrency` comes first and needs some of it."""
    if "spent" in world.past.interrupted:
        await_quota(world, burner, LAST_ONES)
    keyed = burner.generate(
        idempotency_key=world.fresh(), expects_429=True, probe="to be polled until the quota is used up"
    )
    made = next((e for e in concurrency.at_work if generation_id(e)), None) or keyed
    own = generation_id(made) if accepted(made) else ""
    call = free_call(burner, own)
    earlier = _neighbour(world, customer, "generation", "another key, before the burner's quota is used up")
    before = call("what remains of the quota")
    _usable(before)
    seen = Spent(own, concurrency.first, before, keyed=keyed)
    lost_before = world.sender.circuit.lost(burner.account)
    answers, refused = ([], before) if before.status == TOO_MANY else _spend(call, before)
    served = tuple(answer for answer in answers if not lost(answer))
    seen = replace(seen, served=served, lost=world.sender.circuit.lost(burner.account) - lost_before)
    if refused is None:
        return seen
    elsewhere = _elsewhere(burner, made)
    later = tuple(
        _neighbour(world, customer, name, f"another key, {name}, while the burner's quota is used up")
        for name in load().keyed
    )
    return replace(
        seen, refused=refused, elsewhere=elsewhere, neighbours=(earlier, *later),
        again=call("refused once more"),
        at_once=together(world, burner, AT_THE_END, "at once, the quota used up").calls,
        replay=repeated(burner, keyed) if accepted(keyed) else None,
    )  # fmt: skip


@dataclass(frozen=True)
class NextWindow:
    """A call shortly before the reset of the window whose quota was used up, and the first one after it."""

    shortly_before: Exchange
    after: Exchange
    in_the_last_second: Exchange | None = None
    """On a clock that is moved, a call half a second before the reset."""

    @property
    def served_early(self) -> bool:
        """The call in the last second was served, so that `after` is not the first call of its window."""
        return self.in_the_last_second is not None and accepted(self.in_the_last_second)

    @property
    def least(self) -> int:
        """What must remain. Where the run was interrupted before the reset, others may have used the key since."""
        alone = self.shortly_before.part == self.after.part
        return LIMIT - 1 - self.served_early if alone else 0


@pytest.fixture(scope="session")
def next_window_under_way(world: World, burner: Api, spent: Spent) -> Promise[NextWindow]:
    """Waits for the reset of the window whose quota was used up."""
    refused = spent.the_end
    reset, time = integer(refused.header("x-ratelimit-reset")), now(refused)
    if reset is None or time is None or not 0 < reset - time <= AHEAD:
        raise Inconclusive(f"depends on a reset that can be awaited ({refused.told})", root="RATE-12")
    seconds, call = reset - time, free_call(burner, spent.polled)

    def provoke() -> NextWindow:
        # Other scenarios may have moved a stepped clock meanwhile, even beyond the reset.
        present = world.clock.now()
        left = seconds - world.seconds_since(refused) if present is None else reset - present
        before = refused
        if left > SHORTLY:
            world.clock.sleep(left - SHORTLY)
            before = call("shortly before the reset")
        left, last = max(min(left, SHORTLY), 0), None
        if world.clock.stepped and left > LAST_SECOND:  # a clock that runs would be beyond it now and then
            world.clock.sleep(left - LAST_SECOND)
            last = call("in the last second before the reset")
            left = LAST_SECOND
        world.clock.sleep(left + AFTER_THE_RESET)
        return NextWindow(before, call("after the reset"), last)

    return world.begin(provoke, "the rate-limit window's reset", seconds + AFTER_THE_RESET)


@pytest.fixture(scope="session")
def next_window(next_window_under_way: Promise[NextWindow]) -> NextWindow:
    """The window after the one whose quota was used up."""
    return next_window_under_way.result()
