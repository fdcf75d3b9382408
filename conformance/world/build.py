"""Puts a world together from the plugin's settings: recorder, journal, clock, quota."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.client import Journal, Quota, Recorder
from conformance.client.control import Control
from conformance.client.quota import AT_ONCE
from conformance.evidence import Vault
from conformance.target import RunningClock, SteppedClock, TargetClock
from conformance.world.settings import SETTINGS, Settings
from conformance.world.world import World


@contextmanager
def build(config: pytest.Config) -> Iterator[World]:
    """The world of this process; its connections and journal are closed at the end."""
    settings = config.stash[SETTINGS]
    journal = Journal(settings.journal_directory / f"{settings.process}.jsonl", settings.process)
    clock = _clock(settings)
    recorder = Recorder(
        journal, Vault(hashlib.sha256(f"{settings.salt}".encode()).hexdigest()),
        clock=clock.now if clock.stepped else lambda: None,
    )  # fmt: skip
    # Where a target's clock is moved, all tests are on one worker, and the others need nothing.
    sharing = 1 if settings.target.clock.control else settings.workers
    quota = Quota(share=max(1, AT_ONCE // sharing))
    try:
        yield World(
            settings.target, recorder, clock, quota, seed=settings.seed, process=settings.process,
            max_wait=settings.max_wait,
        )  # fmt: skip
    finally:
        recorder.close()
        journal.close()


def _clock(settings: Settings) -> TargetClock:
    clock = settings.target.clock
    if clock.control:
        return SteppedClock(Control(settings.target.target.base_url + clock.control))
    return RunningClock(clock.scale)
