"""Many calls at the same time, on the account whose limits may be used up (R8).

What proves that no limit is kept: twelve calls were held open, and the target had counted more than five of them before
their bodies were complete (a poll meanwhile tells how many remain), so that they were in flight there; then more than
five generations were seen at work. Neither drew a 429. That a request reached a buffering proxy proves nothing, and a
target that counts a call only when it is complete cannot be caught by calls that are not.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field

import pytest

from conformance.cases.bodies import a_generation
from conformance.checks.contact import SERVER_ERROR
from conformance.checks.windows import STEADY, accepted, integer
from conformance.client import Api
from conformance.client.quota import AT_ONCE
from conformance.contract import load
from conformance.errors import Inconclusive, NotApplicable, NotTested
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY
from conformance.world.credentials import INVENTED
from conformance.world.first_contact import UNKNOWN_ID
from conformance.world.generations import watch
from conformance.world.held_calls import (
    Together,
    five_generations,
    five_uploads,
    held,
    settled,
    together,
)
from conformance.world.life import Life, generation_id
from conformance.world.next_quota import await_quota
from conformance.world.world import World

FAR_BEYOND = 12
SHORTLY_AFTER = 0.02
"""Real seconds from one order of a volley to the next."""
REPEATS = 4
"""How often calls are ended in each way; one slot lost is enough to show among five."""
CALLS = 250
"""Calls that may be needed; with fewer left, the quota would be mistaken for the limit."""
CHARGED_TO = {
    "a burst": "RATE-24",
    "generations": "RATE-24",
    "unknown ids": "RATE-24",
    "other methods": "RATE-24",
    "invalid bodies": "RATE-25",
    "invented keys": "RATE-26",
    "rejected prompts": "RATE-27",
    "broken calls": "RATE-28",
}


IN_WORDS = {
    "a burst": "twelve calls at once",
    "generations": "generations that have ended",
    "unknown ids": "polls of unknown ids",
    "other methods": "calls with other methods",
    "invalid bodies": "calls with invalid bodies",
    "invented keys": "calls with invented API keys",
    "rejected prompts": "calls with rejected prompts",
    "broken calls": "calls that were broken off",
}
"""After what, for a reader of one call alone."""


@dataclass
class Concurrency:
    """What was seen. `five_after` holds, by what came before, the five calls at once that followed."""

    first: Exchange
    five: tuple[Exchange, ...] = ()
    neighbour: Exchange | None = None
    """A call under another key, while the five were held."""
    before: Exchange | None = None
    twelve: Together = field(default_factory=lambda: Together(()))
    """With a poll while the twelve were held."""
    at_work: tuple[Exchange, ...] = ()
    """Generations submitted without waiting, where the burst was served altogether; empty otherwise."""
    beside_at_work: Exchange | None = None
    """A generation under another key, where those of this one drew a 429."""
    unended: Inconclusive | None = None
    """Why one of them was not seen to end."""
    seen_at_work: int = 0
    """How many of them were still at work when the last one had been accepted."""
    volley: tuple[Exchange, ...] = ()
    """Polls of generations that were ordered before any answer, where those of a sequence drew a 429."""
    five_after: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)

    def enough(self) -> "Concurrency":
        """Itself. Raises Inconclusive when the quota does not suffice for bursts."""
        remaining = integer(self.first.header("x-ratelimit-remaining"))
        if self.first.status == TOO_MANY or (remaining is not None and remaining < CALLS):
            raise Inconclusive(
                f"the quota of account 'burner' does not suffice: {remaining} calls remain ({self.first.told})",
                "run again once its window is over, and let nobody else use its key",
            )
        return self

    @property
    def burst(self) -> tuple[Exchange, ...]:
        beside = (self.twelve.meanwhile,) if self.twelve.meanwhile else ()
        return (*self.twelve.calls, *beside)

    @property
    def calls(self) -> tuple[Exchange, ...]:
        """All but the polls beside them, which only look at the quota."""
        return (*self.five, *self.twelve.calls, *self.at_work)

    @property
    def throttled(self) -> tuple[Exchange, ...]:
        return tuple(call for call in (*self.burst, *self.at_work) if call.status == TOO_MANY)

    @property
    def generations_count(self) -> bool:
        """The limit of five is one of generations at work."""
        return any(call.status == TOO_MANY for call in self.at_work)

    def some_throttled(self) -> tuple[Exchange, ...]:
        """Raises Inconclusive, charged to RATE-21, when nothing was throttled; NotApplicable as `beyond_the_limit`."""
        if not self.enough().throttled:
            self.beyond_the_limit()
            raise Inconclusive("depends on a 429 that did not come", root="RATE-21")
        return self.throttled

    @property
    def in_flight(self) -> int | None:
        """How many of the held calls the target had counted before it could answer them; None: it does not tell."""
        if not self.twelve.in_time or self.before is None or self.twelve.meanwhile is None:
            return None
        (told, then), (tells, end) = (_numbers(call) for call in (self.before, self.twelve.meanwhile))
        if told is None or then is None or tells is None or end is None or abs(end - then) > STEADY:
            return None
        return max(told - tells - 1, 0)

    def beyond_the_limit(self) -> None:
        """Where nothing was throttled, the limit was passed in both senses.

        Raises NotApplicable where it could be passed in one of them at most (R43), and Inconclusive where it cannot be
        told.
        """
        if any(call.status >= SERVER_ERROR for call in self.enough().burst):
            raise Inconclusive("depends on RATE-22: the burst drew server errors", root="RATE-22")
        if self.throttled or ((self.in_flight or 0) > AT_ONCE and self.seen_at_work > AT_ONCE):
            return
        message = (
            f"nothing was throttled, but calls cannot be proven to overlap at the target ("
            f"{self.in_flight or 0} held calls counted, {self.seen_at_work} generations seen at work)"
        )
        hint = "a proxy that buffers request bodies stands in between, or generations are over at once"
        raise Inconclusive(message, hint) if self.in_flight is None else NotApplicable(message, hint)

    def five_at_once(self, after: str) -> tuple[Exchange, ...]:
        """Raises Inconclusive, charged to the row of what came before, when slots were missing already then."""
        if any(call.status == TOO_MANY for call in (*self.enough().five, *self.at_work[:AT_ONCE])):
            raise Inconclusive("depends on RATE-20: five calls at once were not served to begin with", root="RATE-20")
        if self.unended:
            raise self.unended
        for before, five in self.five_after.items():
            if before == after:
                return five
            if any(call.status == TOO_MANY for call in five):
                raise Inconclusive(
                    f"depends on {CHARGED_TO[before]}: slots were missing before", root=CHARGED_TO[before]
                )
        raise NotTested(f"{after} could not be made", 'add rejected = "…" to [prompts]')


def _numbers(call: Exchange) -> tuple[int | None, int | None]:
    """Remaining and reset."""
    return integer(call.header("x-ratelimit-remaining")), integer(call.header("x-ratelimit-reset"))


def _work(world: World, burner: Api, seen: Concurrency) -> None:
    """The other reading: more than five generations at work, submitted without waiting for any to end."""
    calls: list[Exchange] = []
    while len(calls) < FAR_BEYOND and (not calls or accepted(calls[-1])):
        probe = f"generation {len(calls) + 1} of {FAR_BEYOND} at work at once"
        calls.append(burner.generate(expects_429=True, probe=probe))
    seen.at_work = tuple(calls)
    if seen.generations_count:
        seen.beside_at_work = _neighbours_generation(world)
        lives = [watch(world, burner, call) for call in calls]
        seen.unended = next((reason for life in lives if (reason := _unended(life))), None)
        seen.volley = _volley(world, burner)
        return
    polls = [burner.generation(generation_id(call), expects_429=True) for call in calls if generation_id(call)]
    seen.seen_at_work = at_work(polls)
    for call in calls:
        watch(world, burner, call)


def at_work(polls: Iterable[Exchange]) -> int:
    """How many of the polls show a generation that is not over."""
    return sum(poll.member("status") in {"queued", "running"} for poll in polls)


def _volley(world: World, burner: Api) -> tuple[Exchange, ...]:
    """A poll of each generation that was taken, out of far more than five ordered without waiting for answers.

    They come one after the other, so that a target which counts what it has taken has the time to.
    """

    def order(number: int) -> Exchange:
        world.pause(number * SHORTLY_AFTER)
        return burner.generate(expects_429=True, probe=f"generation {number + 1} of {FAR_BEYOND} ordered in a volley")

    with ThreadPoolExecutor(FAR_BEYOND) as pool:
        asked = [pool.submit(copy_context().run, order, number) for number in range(FAR_BEYOND)]
        calls = [call.result() for call in asked]
    polls = [burner.generation(generation_id(call), expects_429=True) for call in calls if accepted(call)]
    for call in calls:
        watch(world, burner, call)
    return tuple(polls)


def _unended(life: Life) -> Inconclusive | None:
    """Why a generation that was accepted was not seen to end; None when it was, or is none."""
    try:
        _ = life.end
    except Inconclusive as reason:
        return reason if 200 <= life.accepted.status < 300 else None
    return None


def _generations(world: World, burner: Api) -> None:
    """Generations that end in every way, and a call that is repeated."""
    prompts = [world.target.prompts.blocked, world.target.prompts.failed]
    bodies = [a_generation(), *(a_generation(prompt=prompt) for prompt in prompts if prompt)]
    for body in bodies:
        key = world.fresh()
        twice = [burner.generate(body, idempotency_key=key, expects_429=True, probe="to its end") for _ in range(2)]
        watch(world, burner, twice[0])


def _broken_off(world: World, burner: Api) -> None:
    for operation in ("upload", "generate") * REPEATS:
        held(world, burner, "broken off in its body", operation).break_off()


def _ended(api: Api, operation: str, body: object) -> None:
    api.call(operation, body=body, expects_429=True, allow_unreachable=True, probe="to end, and give back a slot")


def _each(api: Api, body: object) -> None:
    for _ in range(REPEATS):
        _ended(api, "generate", body)
        _ended(api, "upload", body)


def _unknown(api: Api) -> None:
    for _ in range(REPEATS):
        api.generation(UNKNOWN_ID, expects_429=True, allow_unreachable=True, probe="to end, and give back a slot")


def _endings(world: World, burner: Api) -> dict[str, Callable[[], object]]:
    """What to do so that calls end in each way."""
    stranger, rejected = burner.with_key(INVENTED), world.target.prompts.rejected
    endings: dict[str, Callable[[], object]] = {
        "a burst": lambda: None,
        "generations": lambda: _generations(world, burner),
        "unknown ids": lambda: _unknown(burner),
        "invalid bodies": lambda: _each(burner, {"prompt": 7, "size": "x"}),
        "invented keys": lambda: _each(stranger, a_generation()),
        "broken calls": lambda: _broken_off(world, burner),
    }
    if rejected:
        endings["rejected prompts"] = lambda: _each(burner, a_generation(prompt=rejected))
    endings["other methods"] = lambda: _beside(burner)
    return endings


def _beside(api: Api) -> None:
    """Calls beside the main ones: a preflight, a look at the headers, and a path that is not there."""
    generate, poll = load().operations["generate"], load().operations["generation"]
    paths = (("OPTIONS", generate.url()), ("HEAD", poll.url(UNKNOWN_ID)), ("GET", "/api/v1/conformance-nothing"))
    for method, path in paths * REPEATS:
        probe = f"{method}, to end, and give back a slot"
        api.request(method, path, expects_429=True, allow_unreachable=True, probe=probe, tags=("api",))


def _neighbour(world: World) -> Exchange:
    primary = world.account("primary")
    with world.quota.slot(primary.account):
        return primary.generation(
            UNKNOWN_ID, expects_429=True, allow_unreachable=True, probe="while five calls of another key are held"
        )


def _neighbours_generation(world: World) -> Exchange:
    primary = world.account("primary")
    with world.quota.work(primary.account):
        call = primary.generate(expects_429=True, probe="while another key has its five generations at work")
        watch(world, primary, call)
    return call


def _poll(burner: Api, probe: str) -> Exchange:
    return burner.generation(UNKNOWN_ID, expects_429=True, allow_unreachable=True, probe=probe)


@pytest.fixture(scope="session")
def concurrency(world: World, burner: Api) -> Concurrency:
    """Five at once, a burst of twelve, and five at once after calls that ended in every way."""
    if "concurrency" in world.past.interrupted:
        await_quota(world, burner, CALLS)
    seen = Concurrency(burner.upload(expects_429=True, probe="before anything is sent at the same time"))
    try:
        seen.enough()
    except Inconclusive:
        return seen
    # Windows of an operation's own, opened at different times, tell different resets (RATE-8).
    world.clock.sleep(STEADY + 1)
    five_held = together(world, burner, AT_ONCE, "five at once", lambda: _neighbour(world))
    seen.five, seen.neighbour = five_held.calls, five_held.meanwhile
    seen.before = _poll(burner, "before twelve calls are held")
    seen.twelve = together(
        world, burner, FAR_BEYOND, "twelve at once", lambda: _poll(burner, "while twelve calls are held")
    )
    if not seen.throttled:
        _work(world, burner, seen)
    five = five_generations if seen.generations_count else five_uploads
    for after, end in _endings(world, burner).items():
        end()
        seen.five_after[after] = settled(world, lambda after=IN_WORDS[after]: five(world, burner, after))  # type: ignore[misc]
        if any(call.status == TOO_MANY for call in seen.five_after[after]):
            break  # whatever came now would be blamed for what was lost here
    return seen
