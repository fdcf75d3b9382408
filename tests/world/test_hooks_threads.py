"""Scenarios that overlap share their webhooks: nothing that one registered is forgotten or removed by another."""

import itertools
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.cases.bodies import a_generation
from conformance.evidence import Exchange, Request, Response, Vault
from conformance.evidence.attempt import Attempt
from conformance.receiver import Receiver
from conformance.target import PassingClock
from conformance.world.hooks import Hooks
from conformance.world.laboratory import Cause, Laboratory
from conformance.world.registrar import Registrar
from tests.stress import hammer

TURNS = 60


class Target:
    """Registers and removes webhooks, and accepts generations."""

    def __init__(self) -> None:
        self.vault, self.account = Vault("salt"), "primary"
        self.recorder = self
        self.numbers = itertools.count(1)
        self.made, self.removed, self.generated = list[str](), list[str](), list[str]()

    def send(self, method: str, url: str, **_: Any) -> Exchange:
        if method == "DELETE":
            self.removed.append(url.rpartition("/")[2])
            return answered(method, url, 204)
        made = f"hook{next(self.numbers)}"
        self.made.append(made)
        return answered(method, url, 201, id=made, secret=f"whsec_{made}")

    def generate(self, _: Any, **__: Any) -> Exchange:
        found = f"generation {next(self.numbers)}"
        self.generated.append(found)
        return answered("POST", "http://h/api/v1/generate", 202, generationId=found)


def answered(method: str, url: str, status: int, **body: Any) -> Exchange:
    return Exchange(Request(method, url), Response(status, (), json.dumps(body).encode()), 0, 1)


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def written() -> list[Attempt]:
    return []


@pytest.fixture
def hooks(target: Target, written: list[Attempt]) -> Iterator[Hooks]:
    world: Any = SimpleNamespace(
        recorder=target, sender=target, base_url="http://h", cookie=lambda _: "session", clock=PassingClock(),
        fresh=lambda: "key",
    )  # fmt: skip
    with Receiver(now=time.time) as receiver:
        journal: Any = SimpleNamespace(append=written.extend)
        yield Hooks(world, receiver, journal, Registrar(world))


def test_scenarios_open_and_close_their_endpoints_beside_each_other(hooks: Hooks, target: Target) -> None:
    api: Any = target
    lab = Laboratory(hooks.world, hooks)

    def open_and_close(number: int) -> None:
        hook = hooks.open("primary", f"endpoint {number}")
        assert hook in hooks.opened
        hooks.close([hook])
        assert hook not in hooks.opened

    def register_and_remove(_: int) -> None:
        registration = hooks.registrar.register("primary", "https://example.com/")
        assert hooks.registrar.remove("primary", registration.member("id")).status == 204

    def cause(_: int) -> None:
        call = lab._generate(api, Cause(a_generation()))
        assert call.member("generationId") in lab.announced

    def look(_: int) -> None:
        assert not hooks.late_answers
        assert len(hooks.opened) <= 3

    hammer(open_and_close, register_and_remove, cause, look, turns=TURNS, each=3, seconds=2)

    assert hooks.opened == []
    assert hooks.registrar._registered == []
    assert len(set(target.made)) == len(target.made) > 0
    assert sorted(target.removed) == sorted(target.made)
    assert lab.announced == set(target.generated)


def test_what_is_left_is_removed_at_the_end(hooks: Hooks, target: Target) -> None:
    hammer(lambda number: hooks.open("primary", f"endpoint {number}"), turns=3, each=3, seconds=10)
    hooks.close_everything()

    assert hooks.opened == []
    assert sorted(target.removed) == sorted(target.made)
    assert len(target.made) == 9
