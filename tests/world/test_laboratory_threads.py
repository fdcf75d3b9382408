"""Scenarios that overlap share a laboratory: nothing that one registered is forgotten or removed by another."""

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
from conformance.world.laboratory import Laboratory, Order
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
def lab(target: Target, written: list[Attempt]) -> Iterator[Laboratory]:
    world: Any = SimpleNamespace(
        recorder=target, sender=target, base_url="http://h", cookie=lambda _: "session", clock=PassingClock()
    )
    with Receiver(now=time.time) as receiver:
        yield Laboratory(world, receiver, SimpleNamespace(append=written.extend))  # type: ignore[arg-type]


def test_scenarios_open_and_close_their_endpoints_beside_each_other(lab: Laboratory, target: Target) -> None:
    api: Any = target

    def open_and_close(number: int) -> None:
        hook = lab.open("primary", f"endpoint {number}")
        assert hook in lab.hooks
        lab.close([hook])
        assert hook not in lab.hooks

    def register_and_remove(_: int) -> None:
        registration = lab.register("primary", "https://example.com/")
        assert lab.remove("primary", registration.member("id")).status == 204

    def cause(_: int) -> None:
        call = lab._generate(api, Order(a_generation()))
        assert call.member("generationId") in lab.announced

    def look(_: int) -> None:
        assert not lab.late_answers
        assert len(lab.hooks) <= 3

    hammer(open_and_close, register_and_remove, cause, look, turns=TURNS, each=3, seconds=2)

    assert lab.hooks == []
    assert lab._registered == []
    assert len(set(target.made)) == len(target.made) > 0
    assert sorted(target.removed) == sorted(target.made)
    assert lab.announced == set(target.generated)


def test_what_is_left_is_removed_at_the_end(lab: Laboratory, target: Target) -> None:
    hammer(lambda number: lab.open("primary", f"endpoint {number}"), turns=5, each=3, seconds=10)
    lab.close_everything()

    assert lab.hooks == []
    assert sorted(target.removed) == sorted(target.made)
    assert len(target.made) == 15
