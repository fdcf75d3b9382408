"""Calls under way at the same time, by construction: each is held open before the last byte of its body (R8)."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from conformance.client import Api
from conformance.client.held import HeldCall, answered_early
from conformance.client.quota import AT_ONCE
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY
from conformance.world.generations import watch
from conformance.world.world import World

MOMENT = 0.05
EARLY_SECONDS = 1.0
MEANWHILE_SECONDS = 2.0
"""Real seconds; a server that handles one request at a time answers only when it is let go on."""
SETTLING_SECONDS = 3.0
"""A target may take a moment to notice that a client has gone."""
LONGEST_RETRY_AFTER = 60

Meanwhile = Callable[[], Exchange]


def held(
    world: World, api: Api, probe: str, operation: str = "upload", *,
    body: object = None, idempotency_key: str = "", tags: tuple[str, ...] = (),
) -> HeldCall:  # fmt: skip
    """An open call with this body, by default a valid one, on a connection of its own."""
    world.sender.circuit.allow(api.account)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {api.key}"}
    keyed = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    called = load().operations[operation]
    return HeldCall(
        world.recorder, world.base_url + called.url(), headers | keyed,
        json.dumps(called.example if body is None else body).encode(),
        account=api.account, operation=operation, probe=probe, tags=tags, remaining=world.sender.remaining,
    ).open()  # fmt: skip


@dataclass(frozen=True)
class Together:
    """Calls that were held at the same time. `meanwhile` is None when one of them was answered early."""

    calls: tuple[Exchange, ...]
    meanwhile: Exchange | None = None
    in_time: bool = False
    """`meanwhile` was answered before any of the calls was complete."""


def together(world: World, api: Api, count: int, probe: str, meanwhile: Meanwhile | None = None) -> Together:
    """`count` uploads at once, and `meanwhile`, which is called unless one of them was answered early."""
    calls = [held(world, api, f"{probe}, call {number + 1} of {count}") for number in range(count)]
    early = answered_early(calls, EARLY_SECONDS if count > AT_ONCE else MOMENT)
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(copy_context().run, meanwhile) if meanwhile and not early else None
        in_time = beside is not None and bool(wait([beside], MEANWHILE_SECONDS).done)
        for call in calls:
            call.complete()
        answers = tuple(call.finish() for call in calls)
        return Together(answers, beside.result() if beside else None, in_time)


def sent_together(world: World, api: Api, orders: Sequence[tuple[Any, str]], probe: str) -> tuple[Exchange, ...]:
    """The answers to generate calls, each a body and its idempotency key, that are completed in the same moment."""
    calls = [held(world, api, probe, "generate", body=body, idempotency_key=key) for body, key in orders]
    answered_early(calls, MOMENT)
    for call in calls:
        call.complete()
    return tuple(call.finish() for call in calls)


def five_uploads(world: World, api: Api, after: str) -> tuple[Exchange, ...]:
    """Five held at once; `after` says what was sent before, in words."""
    return together(world, api, AT_ONCE, f"five uploads at once, after {after}").calls


def five_generations(world: World, api: Api, after: str) -> tuple[Exchange, ...]:
    """Five set to work, all at work at once, and watched until they are over."""
    words = [f"five generations at work at once, after {after}, order {n + 1} of {AT_ONCE}" for n in range(AT_ONCE)]
    calls = [api.generate(expects_429=True, probe=probe) for probe in words]
    for call in calls:
        watch(world, api, call)
    return tuple(calls)


def settled(world: World, five: Callable[[], tuple[Exchange, ...]]) -> tuple[Exchange, ...]:
    """Five at once; when one is throttled, retries for 3 s, then once after Retry-After."""
    until, pause = world.recorder.monotonic() + SETTLING_SECONDS, MOMENT
    while True:
        calls = five()
        throttled = [call for call in calls if call.status == TOO_MANY]
        if not throttled:
            return calls
        if world.recorder.monotonic() > until:
            break
        world.pause(pause)
        pause *= 2
    world.clock.sleep(max(seconds_to_wait(call) for call in throttled))
    return five()


def seconds_to_wait(call: Exchange) -> int:
    """What a 429 asks for, within reason."""
    text = call.header("retry-after") or ""
    return min(int(text), LONGEST_RETRY_AFTER) if text.isdecimal() else 1
