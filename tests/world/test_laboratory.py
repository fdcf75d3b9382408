"""What the laboratory causes, how long it waits, and which attempts it takes for a delivery."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.request import Request as Post
from urllib.request import urlopen

import pytest

from conformance.cases.bodies import a_generation
from conformance.client import Quota
from conformance.errors import Inconclusive, SuiteError
from conformance.evidence import Exchange, Request, Response, Vault
from conformance.receiver import Receiver
from conformance.world.hooks import Hook, Hooks
from conformance.world.laboratory import PATIENCE, Cause, Caused, Laboratory
from conformance.world.registrar import Registrar

ENDS = 20.0
"""Seconds of the target's time after which each generation is over."""


class Clock:
    """Time that passes only by waiting; what was planned for a time happens when it comes."""

    stepped = True

    def __init__(self) -> None:
        self.time, self.planned = 0.0, list[tuple[float, Callable[[], None]]]()

    def reading(self) -> float:
        return self.time

    def real_seconds(self, _: float) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.wait(lambda: False, seconds)

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        until = self.time + seconds
        while not holds() and self.time < until:
            due = sorted(self.planned, key=lambda plan: plan[0])[:1]
            self.time = min(until, due[0][0] if due else until)
            if due and due[0][0] <= self.time:
                self.planned.remove(due[0])
                due[0][1]()
        return holds()


class Target:
    """Accepts generations, each of which is over after a while; registers whatever it is asked to."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.account, self.vault = clock, "primary", Vault("salt")
        self.recorder, self.numbers = self, itertools.count(1)
        self.accepts, self.polled, self.end = True, list[float](), "succeeded"
        self.keys = list[str]()

    def send(self, method: str, url: str, **_: Any) -> Exchange:
        return self.answered(method, url, 201, id=f"hook{next(self.numbers)}", secret="whsec_0123456789abcdef")

    def generate(self, _: Any, *, idempotency_key: str = "", **__: Any) -> Exchange:
        self.keys.append(idempotency_key)
        if not self.accepts:
            raise SuiteError("the connection broke", "")
        return self.answered("POST", "http://h/api/v1/generate", 202, generationId=f"generation {next(self.numbers)}")

    def generation(self, found: str) -> Exchange:
        self.polled.append(self.clock.time)
        status = self.end if self.clock.time >= ENDS else "running"
        return self.answered("GET", f"http://h/api/v1/generations/{found}", 200, status=status)

    def answered(self, method: str, url: str, code: int, **body: Any) -> Exchange:
        now = time.monotonic()
        return Exchange(
            Request(method, url), Response(code, (), json.dumps(body).encode()), now, now, "primary",
            clock=self.clock.time,
        )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def target(clock: Clock) -> Target:
    return Target(clock)


@pytest.fixture
def lab(target: Target, clock: Clock) -> Iterator[Laboratory]:
    keys = itertools.count()
    world: Any = SimpleNamespace(
        recorder=target, sender=target, base_url="http://h", cookie=lambda _: "session", clock=clock, quota=Quota(),
        typical_seconds=0.0, never_ended=False, learn=lambda *_, **__: None, fresh=lambda: f"key {next(keys)}",
        target=SimpleNamespace(limits=SimpleNamespace(generation_seconds=300)),
    )  # fmt: skip
    with Receiver(now=clock.reading) as receiver:
        journal: Any = SimpleNamespace(append=list, shown=tuple)
        yield Laboratory(world, Hooks(world, receiver, journal, Registrar(world)))


@pytest.fixture
def hook(lab: Laboratory) -> Hook:
    return lab.hooks.open("primary", "always 200")


def deliver(hook: Hook, generation: str, event: str = "generation.succeeded") -> None:
    body = json.dumps({"event": event, "data": {"generationId": generation}}).encode()
    with urlopen(Post(hook.endpoint.url, body, {"X-Gptimg-Event": event}), timeout=10) as answer:
        assert answer.status == 200


def cause(lab: Laboratory, target: Target, *hooks: Hook, **fields: Any) -> Caused:
    api: Any = target
    return lab.cause(api, hooks, Cause(a_generation(), **fields))[0]


def test_each_cause_has_a_key_of_its_own_unless_it_is_to_have_none(lab: Laboratory, target: Target) -> None:
    api: Any = target
    lab.cause(api, [], *(Cause(a_generation(), "", keyed=keyed) for keyed in (True, True, False)))

    *keys, last = target.keys
    assert len({*keys, ""}) == 3
    assert last == ""


def test_a_poll_is_sent_as_soon_as_the_delivery_comes(
    lab: Laboratory, target: Target, clock: Clock, hook: Hook
) -> None:
    lab.world.typical_seconds = 60.0
    clock.planned.append((ENDS + 1, lambda: deliver(hook, "generation 2")))

    caused = cause(lab, target, hook)

    assert caused.id == "generation 2"
    assert (caused.life.status, target.polled) == ("succeeded", [ENDS + 1])
    delivery = lab.read(caused, hook)
    assert (len(delivery.attempts), delivery.unplanned, delivery.early) == (1, False, ())
    assert delivery.lateness == 0  # the poll that showed the end came after it
    assert delivery.record == {"status": "succeeded"}


def test_a_generation_that_was_still_at_work_when_its_delivery_came(
    lab: Laboratory, target: Target, clock: Clock, hook: Hook
) -> None:
    clock.planned.append((5.0, lambda: deliver(hook, "generation 2")))

    delivery = lab.read(cause(lab, target, hook), hook)

    assert [poll.member("status") for poll in delivery.early][:1] == ["running"]


def test_where_nothing_can_come_any_more_nothing_is_said_of_deliveries(
    lab: Laboratory, target: Target, clock: Clock, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    caused = cause(lab, target, hook)
    monkeypatch.setattr(Receiver, "outage", "the relay is gone")

    for ask in (lambda: lab.wait(lambda: False, 60), lambda: lab.read(caused, hook)):
        before = clock.time
        with pytest.raises(Inconclusive, match="cannot be judged any further: the relay is gone"):
            ask()
        assert clock.time == before


def test_a_delivery_that_does_not_come_is_given_up(lab: Laboratory, target: Target, clock: Clock, hook: Hook) -> None:
    caused = cause(lab, target, hook)

    assert clock.time == target.polled[-1] + PATIENCE
    with pytest.raises(Inconclusive) as raised:
        _ = lab.read(caused, hook).first
    assert raised.value.root == "HOOK-11"


def test_an_endpoint_that_has_not_subscribed_is_not_awaited(lab: Laboratory, target: Target, clock: Clock) -> None:
    failed_only = lab.hooks.open("primary", "generation.failed only", events=["generation.failed"])

    cause(lab, target, failed_only)

    assert clock.time == target.polled[-1]


def test_a_delivery_that_names_another_generation_will_do_where_one_is_wanted(
    lab: Laboratory, target: Target, clock: Clock, hook: Hook
) -> None:
    clock.planned.append((ENDS + 1, lambda: deliver(hook, "nobody knows")))

    caused = cause(lab, target, hook)

    assert lab.read(caused, hook).unplanned
    assert not lab.read(caused, hook, wanted=False).came
    lab.announced.add("nobody knows")  # by a scenario beside this one
    assert not lab.read(caused, hook).came


def test_what_was_not_seen_to_end_has_sent_nothing(lab: Laboratory, target: Target, clock: Clock, hook: Hook) -> None:
    target.end = "running"
    clock.planned.append((ENDS, lambda: deliver(hook, "nobody knows")))

    caused = cause(lab, target, hook)

    assert caused.life.over is None
    assert clock.time == pytest.approx(300, abs=1)
    assert not lab.read(caused, hook).came


def test_an_unpolled_generation_is_not_polled(lab: Laboratory, target: Target, clock: Clock, hook: Hook) -> None:
    api: Any = target
    clock.planned.append((250.0, lambda: deliver(hook, "generation 2")))

    caused = lab.cause_unpolled(api, hook, Cause(a_generation()), "key")

    assert (target.polled, clock.time) == ([], 250)
    assert lab.read(caused, hook).came


def test_work_is_given_back_whatever_happens(lab: Laboratory, target: Target, hook: Hook) -> None:
    target.accepts = False
    with pytest.raises(SuiteError):
        cause(lab, target, hook)

    assert lab.world.quota._at_work["primary"].total() == 0
