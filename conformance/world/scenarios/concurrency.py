"""Many calls at the same time, on the account whose limits may be used up (R8).

Calls are held open before the last byte of their bodies, so that they are under way together by construction. Whether
the target sees a request before its body is complete is proven by a held call with an invented key: its 401 is early.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.client import PATHS, Api, a_generation, an_upload
from conformance.client.held import HeldCall, answered_early
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange
from conformance.world.credentials import INVENTED
from conformance.world.life import Life, generation_id, watch
from conformance.world.world import World

__all__ = ["concurrency"]

AT_ONCE = 5
FAR_BEYOND = 12
LEAKS = 7
"""More calls than there are slots, so that one leaked by each of them leaves none."""
EARLY_SECONDS = 1.0
SETTLING_SECONDS = 3.0
ROWS = {"served": "RATE-24", "in 400": "RATE-25", "in 401": "RATE-26", "in 422": "RATE-27", "broken off": "RATE-28"}
TOO_MANY = 429
SERVER_ERROR = 500


@dataclass
class Concurrency:
    """What was seen. `five_after` holds, by what came before, the five calls at once that followed."""

    world: World
    burner: Api
    proven: bool = False
    """A request reaches the target before its body is complete, so held calls overlap there."""
    five: tuple[Exchange, ...] = ()
    burst: tuple[Exchange, ...] = ()
    at_work: tuple[Exchange, ...] = ()
    """Generations submitted without waiting, where the burst was served altogether; empty otherwise."""
    all_at_work: bool = False
    """More than five of them were still at work when the last one had been accepted."""
    five_after: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)

    @property
    def throttled(self) -> tuple[Exchange, ...]:
        return tuple(e for e in (*self.burst, *self.at_work) if e.status == TOO_MANY)

    def some_throttled(self) -> tuple[Exchange, ...]:
        """Raises Inconclusive, charged to RATE-21, when nothing was throttled."""
        if not self.throttled:
            raise Inconclusive("depends on a 429 that did not come", root="RATE-21")
        return self.throttled

    def overlap_is_proven(self) -> None:
        """Raises Inconclusive when nothing was throttled, and no reading's limit is known to have been exceeded."""
        if any(call.status >= SERVER_ERROR for call in self.burst):
            raise Inconclusive("depends on RATE-22: the burst drew server errors", root="RATE-22")
        if not (self.throttled or (self.proven and self.all_at_work)):
            raise Inconclusive(
                "nothing was throttled, but it cannot be proven that calls overlapped at the target",
                "a proxy that buffers request bodies stands in between, or generations are over at once",
            )

    def five_at_once(self, after: str) -> tuple[Exchange, ...]:
        """Raises Inconclusive, charged to the row of what came before, when slots were missing already then."""
        if any(call.status == TOO_MANY for call in self.five):
            raise Inconclusive("depends on RATE-20: five calls at once were not served to begin with", root="RATE-20")
        for before, five in self.five_after.items():
            if before == after:
                return five
            if any(call.status == TOO_MANY for call in five):
                raise Inconclusive(f"depends on {ROWS[before]}: slots were missing before", root=ROWS[before])
        raise NotTested(f"calls that end {after} could not be made", 'add rejected = "…" to [prompts]')


def _held(world: World, api: Api, probe: str) -> HeldCall:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {api.key}"}
    content, url = json.dumps(an_upload()).encode(), world.base_url + PATHS["upload"]
    return HeldCall(world.recorder, url, headers, content, account=api.account, operation="upload", probe=probe)


def _together(world: World, api: Api, count: int, probe: str) -> tuple[Exchange, ...]:
    calls = [_held(world, api, f"{probe}, call {number + 1} of {count}").open() for number in range(count)]
    answered_early(calls, EARLY_SECONDS if count > AT_ONCE else 0.05)
    return tuple(call.finish() for call in calls)


def _settled_five(world: World, api: Api, after: str) -> tuple[Exchange, ...]:
    """Five at once; tried again for a moment, since a target may take one to notice that a client has gone."""
    until = world.recorder.monotonic() + SETTLING_SECONDS
    pause = 0.05
    while True:
        five = _together(world, api, AT_ONCE, f"five at once, after {after}")
        if all(e.status != TOO_MANY for e in five) or world.recorder.monotonic() > until:
            return five
        world.pause(pause)
        pause *= 2


def _broken_off(world: World, api: Api) -> None:
    for _ in range(LEAKS):
        _held(world, api, "broken off in its body").open().break_off()


def _endings(world: World, api: Api) -> dict[str, Callable[[], object]]:
    """What to do so that calls end in each way, more often than there are slots."""
    invalid, stranger = {"prompt": 7}, api.with_key(INVENTED)
    endings: dict[str, Callable[[], object]] = {
        "in 400": lambda: [_ended(api, "generate", invalid) for _ in range(LEAKS)],
        "in 401": lambda: [_ended(stranger, "generate", a_generation()) for _ in range(LEAKS)],
        "broken off": lambda: _broken_off(world, api),
    }
    if world.target.prompts.rejected:
        rejected = a_generation(prompt=world.target.prompts.rejected)
        endings["in 422"] = lambda: [_ended(api, "generate", rejected) for _ in range(LEAKS)]
    return endings


def _ended(api: Api, operation: str, body: object) -> Exchange:
    return api.post(operation, body, asked_for_429=True, unreachable_is_fine=True, probe="to end, and give back a slot")


def _work(seen: Concurrency) -> None:
    """The other reading: more than five generations at work, submitted without waiting for any to end."""
    lives: list[Life] = []
    accepted: list[Exchange] = []
    for number in range(FAR_BEYOND):
        exchange = seen.burner.generate(
            asked_for_429=True, probe=f"generation {number + 1} of {FAR_BEYOND} at work at once"
        )
        accepted.append(exchange)
        lives.append(Life(seen.burner, a_generation(), exchange))
        if not 200 <= exchange.status < 300:
            break
    seen.at_work = tuple(accepted)
    if len(accepted) == FAR_BEYOND and accepted[-1].status < 300:
        oldest = [
            seen.burner.generation(generation_id(e), asked_for_429=True) for e in accepted[: FAR_BEYOND - AT_ONCE]
        ]
        seen.all_at_work = all(e.member("status") in {"queued", "running"} for e in oldest)
    for life in lives:
        watch(seen.world, seen.burner, life.accepted, life.body)


@pytest.fixture(scope="session")
def concurrency(world: World, burner: Api) -> Concurrency:
    """Five at once, a burst of twelve, and five at once after calls that ended in every way."""
    seen = Concurrency(world, burner)
    first = burner.upload(asked_for_429=True, probe="before anything is sent at the same time")
    if first.status == TOO_MANY:
        raise Inconclusive(
            f"the quota of account 'burner' is used up ({first.told})", "run again once its window is over"
        )
    stranger = _held(world, burner.with_key(INVENTED), "held open, with an invented key").open()
    seen.proven = answered_early([stranger], EARLY_SECONDS)
    stranger.finish()
    seen.five = _together(world, burner, AT_ONCE, "five at once")
    seen.burst = _together(world, burner, FAR_BEYOND, "twelve at once")
    if not seen.throttled:
        _work(seen)
    seen.five_after["served"] = _settled_five(world, burner, "served")
    for after, end in _endings(world, burner).items():
        if any(call.status == TOO_MANY for five in seen.five_after.values() for call in five):
            break  # whatever comes now would be blamed for what was lost before
        end()
        seen.five_after[after] = _settled_five(world, burner, after)
    return seen
