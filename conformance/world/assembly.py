"""Puts a world together from the plugin's settings: recorder, journal, clock, quota."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

import pytest

from conformance.client import Api, Journal, Quota, Recorder
from conformance.client.clock_control import Control as ClockControl
from conformance.client.codec import Codec
from conformance.client.current import Scenario, give, sending
from conformance.client.deadline import Deadline
from conformance.client.endpoint_secrets import kept_secrets
from conformance.client.journal import EXCHANGES, journal_path, opened
from conformance.client.journaled import VALUES, Journaled
from conformance.client.past import ASKED_ANEW, Past, past
from conformance.client.quota import AT_ONCE
from conformance.client.record import KEPT, Record
from conformance.client.remaining import FILE, Remaining
from conformance.client.sender import Control, Sender
from conformance.client.tape import Tape
from conformance.contract import load
from conformance.errors import NotTested
from conformance.evidence import Exchange, Vault
from conformance.evidence.blame import CONTROL
from conformance.limits import EVIDENCE_BYTES
from conformance.plan.settings import SETTINGS, VAULT, Settings, is_again
from conformance.plan.so_far import ALLOWED
from conformance.target import ACCOUNTS, MovedClock, PassingClock, TargetClock
from conformance.target.still_clock import StillClock
from conformance.world.first_contact import MARGIN_SECONDS, UNKNOWN_ID
from conformance.world.overlap import waiting
from conformance.world.world import World

JSON = {"Content-Type": "application/json"}


@contextmanager
def build(config: pytest.Config) -> Iterator[World]:
    """The world of this process; its connections and journal are closed at the end."""
    settings = config.stash[SETTINGS]
    if settings.replayed:
        with replayed(config, settings) as world:
            yield world
        return
    before = _past(settings)
    journal = Journal(
        journal_path(settings.journal_directory, settings.process, EXCHANGES), settings.process,
        EVIDENCE_BYTES // settings.workers, before.sent,
    )  # fmt: skip
    deadline = Deadline(settings.max_seconds, settings.ends)
    open_ones, sleeper = ExitStack(), Sleeper(before.going_on(time.monotonic, time.time), deadline)
    clock = _clock(settings, open_ones, sleeper)
    vault = _vault(config, settings)
    recorder = Recorder(
        journal, vault,
        run=hashlib.sha256(f"run {settings.salt}".encode()).hexdigest()[:12],
        clock=clock.now if clock.stepped else lambda: None, monotonic=sleeper.monotonic, deadline=deadline,
        resumed=settings.part > 1, network=settings.network, origin=settings.target.target.base_url,
    )  # fmt: skip
    # Where a target's clock is moved, all tests are on one worker, and the others need nothing.
    sharing = 1 if settings.target.clock.control else settings.workers
    quota = Quota(share=max(1, AT_ONCE // sharing))
    sender = Sender(recorder, pause=sleeper.sleep, remaining=_remaining(settings, clock))
    sender.circuit.allowed = config.stash.get(ALLOWED, sender.circuit.allowed)
    try:
        world = World(
            settings.target, sender, clock, quota, seed=settings.seed, process=settings.process,
            max_wait=settings.max_wait, sleeper=sleeper, past=before,
        )  # fmt: skip
        sender.control = _control(world)
        values = open_ones.enter_context(opened(journal_path(settings.journal_directory, settings.process, VALUES)))
        codec = Codec(world, _account(world), vault.hide, before.sent.__getitem__, before.came.__getitem__)
        record = Record(settings.process, codec, values, before.values.all(but=[ASKED_ANEW]), before.sent.values())
        record.begin(settings.target)
        _know_all_secrets(world)
        KEPT.set(record)
        yield world
    finally:
        KEPT.set(None)
        open_ones.close()
        recorder.close()
        journal.close()


def _past(settings: Settings) -> Past:
    """What went before. What failed is provoked anew, whatever its scenarios returned."""
    if is_again(settings.process):
        return replace(past(settings.journal_directory), values=Journaled())
    return past(settings.journal_directory) if settings.part > 1 else Past()


@dataclass(frozen=True)
class Sleeper:
    """The time of this machine, so many seconds later. Who sleeps is woken when the run's time is over."""

    later: float
    deadline: Deadline

    def monotonic(self) -> float:
        return time.monotonic() + self.later

    def sleep(self, seconds: float) -> None:
        self.deadline.sleep(seconds, time.sleep)


def _know_all_secrets(world: World) -> None:
    """What was found may be of any account."""
    for name in ACCOUNTS if world.past.sent else ():
        for secret in (world.account, world.cookie):
            with suppress(NotTested):
                secret(name)


@contextmanager
def replayed(config: pytest.Config, settings: Settings) -> Iterator[World]:
    """The world of a process of an earlier run, as its journal has it. Nothing is sent, and nobody waits."""
    evidence = settings.journal_directory
    before = past(evidence)
    vault = _vault(config, settings)
    clock = StillClock(settings.target.clock.scale, bool(settings.target.clock.control))
    tape = Tape((one for one in before.sent.values() if one.process == settings.process), vault)
    world = World(
        settings.target, Sender(tape), clock, Quota(share=AT_ONCE), seed=settings.seed, process=settings.process,
        max_wait=settings.max_wait, sleeper=clock,
    )  # fmt: skip
    codec = Codec(
        world, _account(world), vault.hide, before.sent.__getitem__, before.came.__getitem__,
        kept_secrets(settings.journal_directory, before.came.values()).again,
    )  # fmt: skip
    record = Record(settings.process, codec, known=before.values.of(settings.process))
    tape.again = record.again
    world.sender.control = _control(world)
    KEPT.set(record)
    try:
        yield world
    finally:
        KEPT.set(None)


def _vault(config: pytest.Config, settings: Settings) -> Vault:
    vault = config.stash[VAULT] = Vault(hashlib.sha256(settings.salt.encode()).hexdigest())
    return vault


def _account(world: World) -> Callable[[str, str], Api]:
    return lambda account, key: world.anonymous().with_key(key, account)


def _clock(settings: Settings, open_ones: ExitStack, sleeper: Sleeper) -> TargetClock:
    clock = settings.target.clock
    if clock.control:
        url, network = settings.target.target.base_url + clock.control, settings.network
        control = ClockControl(url, network=network, deadline=sleeper.deadline)
        open_ones.callback(control.close)
        return MovedClock(control, sleeper)
    return PassingClock(clock.scale, sleeper)


def _remaining(settings: Settings, clock: TargetClock) -> Remaining:
    """Shared by the processes of the run, unless each has an embedded server of its own."""

    def await_reset(seconds: float) -> None:
        with waiting("the reset of the quota", clock.real_seconds(seconds + MARGIN_SECONDS)):
            clock.sleep(seconds + MARGIN_SECONDS)

    path = None if settings.embedded else settings.journal_directory / FILE
    return Remaining(path, clock.reading, await_reset if settings.wait else None)


def _control(world: World) -> Control:
    """A poll of an id that nobody has, or an upload beside polls: neither has an effect."""
    primary, controls = world.account("primary"), Scenario("controls")

    def ask(beside: str) -> Exchange:
        control = load().operations["upload" if beside == "generation" else "generation"]
        with sending(give(controls)):
            return world.recorder.capture(
                control.method, world.base_url + control.url(UNKNOWN_ID),
                headers={"Authorization": f"Bearer {primary.key}", **JSON},
                content=json.dumps(control.example).encode() if control.takes_body else b"", account="primary",
                operation=control.id, tags=(CONTROL,), expects_429=True, probe="whether others are served",
            )  # fmt: skip

    return ask
