"""Several generations at work at the same time, looked at together: cheap in requests and in time."""

from collections.abc import Callable, Sequence
from typing import Any

from conformance.client import Api
from conformance.evidence import Exchange
from conformance.world.life import Life, generation_id, watch
from conformance.world.world import World

MOST = 4
"""At work together: one less than the five a target may limit a key to."""

Body = dict[str, Any]
Meanwhile = Callable[[Sequence[Exchange]], object]


def generate_several(
    world: World, api: Api, bodies: Sequence[Body], *, look_between: bool = False, meanwhile: Meanwhile | None = None
) -> list[Life]:
    """Submit bodies of generate, a few at a time, and watch each until it is over; their lives, in the same order.

    `look_between` spends a poll on each when about half of the usual time has passed. `meanwhile` is called with the
    answers of the calls, as soon as a few are at work.
    """
    step, lives = min(MOST, world.quota.share), list[Life]()
    for begin in range(0, len(bodies), step):
        lives += _together(world, api, bodies[begin : begin + step], look_between, meanwhile)
    return lives


def _together(
    world: World, api: Api, bodies: Sequence[Body], look_between: bool, meanwhile: Meanwhile | None
) -> list[Life]:
    world.quota.take_work(api.account, len(bodies))
    try:
        calls = [api.generate(body, probe=told(body)) for body in bodies]
        if meanwhile:
            meanwhile(calls)
        world.clock.sleep(world.typical_seconds / 2)
        early = [_look(api, call) if look_between else () for call in calls]
        world.clock.sleep(world.typical_seconds / 2)
        late = [watch(world, api, call, body) for call, body in zip(calls, bodies, strict=True)]
    finally:
        world.quota.give_work_back(api.account, len(bodies))
    return [Life(api, life.body, life.accepted, polls + life.polls) for polls, life in zip(early, late, strict=True)]


def _look(api: Api, call: Exchange) -> tuple[Exchange, ...]:
    found = generation_id(call) if 200 <= call.status < 300 else ""
    return (api.generation(found),) if found else ()


def told(body: Body) -> str:
    """What is special about a body, in words."""
    words = [str(body[name]) for name in ("type", "quality", "size") if name in body]
    words += [f"n {body['n']}"] if "n" in body else []
    return ", ".join(words)
