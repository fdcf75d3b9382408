"""Generations provoked and watched to their end, one by one or a few at the same time."""

from collections.abc import Callable, Sequence
from typing import Any

from conformance.checks.lifecycle import TERMINAL
from conformance.checks.times import instant
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.evidence.blame import lost, must_be_whole
from conformance.plan.cost import AT_WORK
from conformance.world.life import Life, generation_id
from conformance.world.world import World

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds of the target's time between two polls."""
FIRST_LOOKS, RARELY, LONGEST_FIRST_PAUSE = 2.0, 2.5, 40.0
"""Where nobody knows yet how long generations take: polled each second for so long, then after so many times what has
passed, but no later than that. One that takes a minute costs six polls, as one of six seconds does."""
LEAST_REAL = 5.0
"""Real seconds: on a fast clock, the least that a generation is watched for."""
STANDSTILL = 3.0
"""Real seconds after which a Date, which is told in whole seconds, must have moved."""
ONCE_NEVER_ENDED = 5.0
"""How long a generation is watched on a target where another one never ended."""

Body = dict[str, Any]
News = Callable[[float], bool]
"""Whether anything has come of a generation since this reading of the monotonic clock."""


def generate(world: World, api: Api, body: Body, **options: Any) -> Life:
    """Submit a generation, wait until it is over, and return its life, whatever became of it."""
    with world.quota.work(api.account):
        return watch(world, api, api.generate(body, **options))


def generate_together(
    world: World, api: Api, bodies: Sequence[Body], *, look_between: bool = False, keyed: bool = False,
    meanwhile: Callable[[Sequence[Exchange]], object] | None = None,
) -> list[Life]:  # fmt: skip
    """Submit bodies of generate, a few at a time, and watch each until it is over; their lives, in the same order.

    A call that is lost takes no other with it: its life has no poll. Raises Inconclusive where all were lost. `keyed`:
    each has an idempotency key, under which what the network loses may be sent again (R44).
    `look_between` spends a poll on each when about half of the usual time has passed. `meanwhile` is called with the
    answers of the calls, as soon as a few are at work.
    """
    step, lives = min(AT_WORK, world.quota.share), list[Life]()
    for begin in range(0, len(bodies), step):
        few = bodies[begin : begin + step]
        with world.quota.work(api.account, len(few)):
            calls = [_ordered(api, body, world.fresh() if keyed else "") for body in few]
            if meanwhile:
                meanwhile(calls)
            lives += _watched(world, api, calls, look_between=look_between)
    if lives and all(lost(life.accepted) for life in lives):
        must_be_whole(lives[0].accepted)
    return lives


def _ordered(api: Api, body: Body, key: str) -> Exchange:
    call = api.generate(body, idempotency_key=key, probe=described(body), allow_unreachable=True)
    if not lost(call):
        must_be_whole(call)
    return call


def _watched(world: World, api: Api, calls: Sequence[Exchange], *, look_between: bool) -> list[Life]:
    """When the usual time has passed, and where so wanted at half of it as well."""
    world.clock.sleep(world.typical_seconds / 2)
    early = [_poll(api, call) if look_between else () for call in calls]
    world.clock.sleep(world.typical_seconds / 2)
    late = [watch(world, api, call).polls for call in calls]
    return [Life(api, call, (*looked, *polls)) for call, looked, polls in zip(calls, early, late, strict=True)]


def _poll(api: Api, call: Exchange) -> tuple[Exchange, ...]:
    found = _accepted_id(call)
    return (api.generation(found),) if found else ()


def _accepted_id(call: Exchange) -> str:
    return generation_id(call) if 200 <= call.status < 300 and not lost(call) else ""


def described(body: Body) -> str:
    """What is special about a body, in words."""
    words = [str(body[name]) for name in ("type", "quality", "size") if name in body]
    words += [f"n {body['n']}"] if "n" in body else []
    return ", ".join(words)


def watch(world: World, api: Api, accepted: Exchange, news: News | None = None) -> Life:
    """Poll, at growing intervals of the target's time, until the generation is over or its time is up.

    The first poll is sent at once. Where there may be `news`, it waits for them as all others do, for the usual time.
    """
    found, polls, waited = _accepted_id(accepted), list[Exchange](), 0.0
    if not found:
        return Life(api, accepted)
    began = world.clock.reading()
    # One generation that never ended is enough: nobody waits five minutes for each of the others.
    patience = ONCE_NEVER_ENDED if world.never_ended and news is None else longest(world)
    while not polls or (_going_on(polls[-1]) and waited < patience):
        if polls or news:
            pause = min(pause_after(waited, world.typical_seconds), patience - waited + 0.1)
            _pause(world, pause, news, polls[-1] if polls else accepted)
        polls.append(api.generation(found))
        must_move(world, polls)
        waited = world.clock.reading() - began
    world.learn(_took(polls[-1], waited), ended=not _going_on(polls[-1]))
    return Life(api, accepted, tuple(polls))


def pause_after(waited: float, typical: float) -> float:
    """Seconds until the next poll, of a generation that was watched for `waited`; `typical` 0: nobody knows yet."""
    if typical:
        return max(SHORTEST_PAUSE, typical - waited, min(waited * 0.5, LONGEST_PAUSE))
    early = waited < FIRST_LOOKS - SHORTEST_PAUSE / 2
    return SHORTEST_PAUSE if early else min(waited * RARELY, LONGEST_FIRST_PAUSE)


def _took(end: Exchange, waited: float) -> float:
    """How long it was at work, as its record tells, but no longer than it was watched: it was seen late."""
    began, over = instant(end.member("createdAt")), instant(end.member("completedAt"))
    told = (over - began).total_seconds() if began and over else waited
    return min(waited, told + SHORTEST_PAUSE) if told >= 0 else waited


def _pause(world: World, seconds: float, news: News | None, last: Exchange) -> None:
    if news is None:
        world.clock.sleep(seconds)
    else:
        world.clock.wait(lambda: news(last.started), seconds)


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
