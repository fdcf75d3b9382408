"""Which keys are one, and when: long and odd ones, on two operations, when the client goes away, and at once."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.scenarios.idempotency import BODY, REPEAT
from conformance.world.generations import watch
from conformance.world.held_calls import held
from conformance.world.life import Life, generation_id
from conformance.world.world import World

ACCEPTED, CONFLICT = 202, 409
LONGEST = 3000
"""Characters of a key that many refuse; random ones, for letters repeated can be compressed."""
LONG = 300
"""Characters of a key that differs from another behind the 255 that a column has."""
MARKS = ("", ".", "!", "%")
BEYOND_ASCII = ("%E7%95%AB", "%C3%89", "%C3%A9", "e")
"""A Chinese character, É and é, percent-encoded, and what é is without its accent."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds of the target's time between repeats of a call whose client went away: a minute altogether."""
LEAST_PAUSE = 0.5
"""Real seconds: a target may take a moment to notice that a client has gone."""
MOMENT = 0.2
"""Real seconds before the first repeat."""
WORKERS = 4
"""Connections of their own on which a call is repeated."""


@dataclass(frozen=True)
class Alike:
    """One body under keys that are almost alike, and the first of these calls once more."""

    calls: tuple[Exchange, ...]
    repeat: Exchange | None


def accepted(call: Exchange) -> bool:
    return 200 <= call.status < 300


def unnamed(call: Exchange) -> bool:
    """Whether it is a 202 without the id that every 202 has (GEN-41)."""
    return call.status == ACCEPTED and not generation_id(call)


def _random(world: World, characters: int) -> str:
    digest = hashlib.shake_256(world.fresh().encode()).digest(characters)
    return base64.urlsafe_b64encode(digest).decode()[:characters]


def _but_for_the_last(key: str) -> tuple[str, str]:
    return key, key[:-1] + ("0" if key[-1] != "0" else "1")


def _one_number(world: World) -> tuple[str, str]:
    """Of fifteen digits, so that any type of numbers holds it, and once more with a zero before it."""
    digest = hashlib.sha256(world.fresh().encode()).digest()
    number = 10**14 + int.from_bytes(digest) % 10**14
    return str(number), f"0{number}"


@pytest.fixture(scope="session")
def alike(world: World, customer: Api) -> Mapping[str, Alike]:
    """By what they are like."""
    stem = world.fresh()
    return {
        "very long": _called(world, customer, _but_for_the_last(_random(world, LONGEST))),
        "long": _called(world, customer, _but_for_the_last(_random(world, LONG))),
        "with marks": _called(world, customer, tuple(stem + mark for mark in MARKS)),
        "numbers": _called(world, customer, _one_number(world)),
        "beyond ASCII": _called(world, customer, tuple(f"{stem}-{word}" for word in BEYOND_ASCII)),
    }


def _called(world: World, api: Api, keys: tuple[str, ...]) -> Alike:
    with world.quota.work(api.account, len(keys)):
        calls = tuple(api.generate(BODY, idempotency_key=key, probe="a key like another") for key in keys)
        again = _again(api, keys[0]) if accepted(calls[0]) else None
        for last in [call for call in calls if accepted(call)][-1:]:
            watch(world, api, last)
    return Alike(calls, again)


def _again(api: Api, key: str) -> Exchange:
    return api.generate(BODY, idempotency_key=key, probe="the same again", tags=REPEAT)


@dataclass(frozen=True)
class TwoOperations:
    """A generation whose key an upload had used before, and an upload whose key a generation had used."""

    life: Life
    upload: Exchange
    control: Life
    """A generation whose key no upload had used."""


@pytest.fixture(scope="session")
def two_operations(world: World, customer: Api) -> TwoOperations:
    """One key for an upload and a generation, and another for a generation and an upload."""
    one, two = world.fresh(), world.fresh()
    customer.upload(headers={"Idempotency-Key": one}, probe="upload with a key")
    with world.quota.work(customer.account, 2):
        made = customer.generate(BODY, idempotency_key=one, probe="the key of an upload")
        other = customer.generate(BODY, idempotency_key=two, probe="generate with a key")
        upload = customer.upload(headers={"Idempotency-Key": two}, probe="the key of a generation")
        control = watch(world, customer, other)
        return TwoOperations(watch(world, customer, made), upload, control)


@dataclass(frozen=True)
class Gone:
    """What was answered to a call whose client had gone: the first time that it was no 409, and once more."""

    repeat: Exchange
    again: Exchange


@pytest.fixture(scope="session")
def broken_off(world: World, customer: Api) -> Gone:
    """A call that breaks off before the last byte of its body."""
    key = world.fresh()
    held(world, customer, "a call with a key that breaks off", "generate", body=BODY, idempotency_key=key).break_off()
    return _repeated(world, customer, key)


@pytest.fixture(scope="session")
def not_awaited(world: World, customer: Api) -> Gone:
    """A call that is sent whole, by a client that is gone before it is answered."""
    key = world.fresh()
    with world.quota.work(customer.account):
        words = "a call with a key, whose answer nobody waits for"
        call = held(world, customer, words, "generate", body=BODY, idempotency_key=key)
        call.complete()
        call.break_off()
        return _repeated(world, customer, key)


def _repeated(world: World, api: Api, key: str) -> Gone:
    world.pause(MOMENT)
    with world.quota.work(api.account):
        answer = _again(api, key)
        for pause in PAUSES:
            if answer.status != CONFLICT:
                break
            world.clock.sleep(pause)
            world.pause(max(LEAST_PAUSE - world.clock.real_seconds(pause), 0))
            answer = _again(api, key)
        again = _again(api, key)
        watch(world, api, answer)
    return Gone(answer, again)


@dataclass(frozen=True)
class AtOnce:
    """Calls whose last bytes are sent at the same moment: a key, with another body, another key, another account."""

    first: Exchange
    another_body: Exchange
    another_key: Exchange
    another_account: Exchange | None
    """With the key and the body of the first; None without such an account."""


@pytest.fixture(scope="session")
def at_once(world: World, customer: Api, primary: Api) -> AtOnce:
    """Three calls of one account, and one of another."""
    one, two = world.fresh(), world.fresh()
    wanted = [
        (customer, BODY, one, "a key"),
        (customer, a_generation(prompt="A glacier, at the same time"), one, "the key with another body"),
        (customer, BODY, two, "another key"),
    ]
    if customer.account != primary.account:
        wanted.append((primary, BODY, one, "the key of another account"))
    with world.quota.work(customer.account, 3), world.quota.work(primary.account):
        open_ = [
            held(world, api, f"{words}, at the same time", "generate", body=body, idempotency_key=key, tags=REPEAT)
            for api, body, key, words in wanted
        ]
        for call in open_:
            call.complete()
        calls = [call.finish() for call in open_]
        for answer, (api, *_) in zip(calls[2:], wanted[2:], strict=True):
            watch(world, api, answer)
    first, body, key, *account = calls
    return AtOnce(first, body, key, account[0] if account else None)


@dataclass(frozen=True)
class Elsewhere:
    """A call, and its repeats while it is at work, each on a connection of its own."""

    first: Exchange
    repeats: tuple[Exchange, ...]


@pytest.fixture(scope="session")
def elsewhere(world: World, customer: Api) -> Elsewhere:
    """Another worker of the target may get each of the repeats."""
    key = world.fresh()
    with world.quota.work(customer.account):
        first = customer.generate(BODY, idempotency_key=key, probe="to be repeated on other connections")
        repeats = []
        for number in range(WORKERS):
            words = f"the same again, connection {number + 1} of {WORKERS}"
            call = held(world, customer, words, "generate", body=BODY, idempotency_key=key, tags=REPEAT)
            call.complete()
            repeats.append(call.finish())
        watch(world, customer, first)
    return Elsewhere(first, tuple(repeats))
