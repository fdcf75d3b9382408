"""What a world knows of its accounts, and learns of its target."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client import Quota
from conformance.evidence import Vault
from conformance.target import PassingClock, parse
from conformance.world.world import World
from tests.stress import hammer

FILE = """
[target]
base_url = "http://h"
[accounts.primary]
key = "gimg_0123456789abcdef"
cookie = 'lang=zh-TW; session="4f0c2b7e91d84f0c2b7e91d8"; theme=generation'
"""


@pytest.fixture
def world() -> World:
    """It sends nothing."""
    silent: Any = SimpleNamespace(vault=Vault("salt"))
    silent.recorder = silent
    return World(parse(FILE, "t.toml"), silent, PassingClock(), Quota())


def test_a_session_is_secret_without_its_cookie_s_name_too(world: World) -> None:
    vault = world.recorder.vault

    assert world.cookie("primary") == "REDACTED-primary-cookie"
    assert vault.redact('{"session":"4f0c2b7e91d84f0c2b7e91d8"}') == '{"session":"REDACTED-primary-cookie-value"}'
    assert vault.redact("zh-TW generation") == "zh-TW generation"


class Slow(float):
    """A number that lets other threads run while it is compared."""

    def __gt__(self, other: float) -> bool:
        time.sleep(0)
        return float(self) > float(other)


def test_the_slowest_generation_is_remembered_whoever_watched_it(world: World) -> None:
    turns = 500

    def watch(number: int) -> None:
        world.learn(Slow(number % turns / 10), ended=True)

    def look(_: int) -> None:
        before = world.typical_seconds
        time.sleep(0)
        assert world.typical_seconds >= before

    hammer(watch, look, turns=turns)
    watch(turns - 1)

    assert world.typical_seconds == (turns - 1) / 10
    assert not world.never_ended


def test_a_generation_that_never_ended_tells_nothing_of_how_long_they_take(world: World) -> None:
    world.learn(300, ended=False)
    world.learn(70, ended=True)

    assert world.never_ended
    assert world.typical_seconds == 60
