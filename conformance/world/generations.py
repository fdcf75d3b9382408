"""Generations provoked and watched to their end, one or several at the same time."""

from collections.abc import Callable, Sequence
from typing import Any

from conformance.checks.lifecycle import TERMINAL
from conformance.client import Api
from conformance.client.quota import AT_ONCE
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world.life import Life, generation_id
from conformance.world.world import World

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
LEAST_REAL = 5.0
"""Real seconds: on a fast clock, the least that a generation is watched for."""
STANDSTILL = 3.0
"""Real seconds after which a Date, which is told in whole seconds, must have moved."""
GIVEN_UP = 5.0
"""How long a generation is watched on a target where another one never ended."""
MOST = AT_ONCE - 1
"""At work together: one less than a target may limit a key to."""

Body = dict[str, Any]
Meanwhile = Callable[[Sequence[Exchange]], object]


def generate(world: World, api: Api, body: dict[str, Any], **options: Any) -> Life:
    """Submit a generation, wait until it is over, and return its life, whatever became of it."""
    world.quota.take_work(api.account)
    try:
        return watch(world, api, api.generate(body, **options), body)
    finally:
        world.quota.give_work_back(api.account)


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


def watch(world: World, api: Api, accepted: Exchange, body: dict[str, Any]) -> Life:
    """Poll, at growing intervals of the target's time, until the generation is over or its time is up."""
    found = generation_id(accepted) if 200 <= accepted.status < 300 else ""
    if not found:
        return Life(api, body, accepted)
    # One generation that never ended is enough: nobody waits five minutes for each of the others.
    patience = GIVEN_UP if world.never_ended else longest(world)
    polls, waited, pause = [api.generation(found)], 0.0, FIRST_PAUSE
    if _going_on(polls[-1]) and world.typical_seconds > pause:
        pause = world.typical_seconds
    while _going_on(polls[-1]) and waited < patience:
        pause = min(pause, patience - waited + 0.1)
        world.clock.sleep(pause)
        waited += pause
        polls.append(api.generation(found))
        must_move(world, polls)
        pause = min(max(FIRST_PAUSE, waited * 0.5), LONGEST_PAUSE)
    world.learn(waited, ended=not _going_on(polls[-1]))
    return Life(api, body, accepted, tuple(polls))


def longest(world: World) -> float:
    """How long a generation may take in the target's time: as declared, but not so short that our machine decides."""
    declared = world.target.limits.generation_seconds
    return declared if world.clock.stepped else max(declared, LEAST_REAL / world.clock.real_seconds(1.0))


def must_move(world: World, polls: Sequence[Exchange]) -> None:
    """Raises Inconclusive, here and from now on, when the target's time stands still while ours passes."""
    first, last = polls[0], polls[-1]
    stands = bool(first.header("date")) and first.header("date") == last.header("date")
    if world.clock.stepped or not stands or last.started - first.ended < STANDSTILL or not _going_on(last):
        return
    message = f"the target's clock stands still: answers {last.started - first.ended:.0f} s apart have the same Date"
    hint = 'a clock that is moved by requests is declared by control = "/…" under [clock] in the target file'
    reason = Inconclusive(message, hint, root="the target's clock stands still")
    world.sender.circuit.over(reason)
    raise reason


def _going_on(poll: Exchange) -> bool:
    return poll.status == 200 and poll.member("status") not in TERMINAL
