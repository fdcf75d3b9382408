"""What a world knows of its accounts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.client import Journal, Quota, Recorder
from conformance.evidence import Vault
from conformance.target import RunningClock, parse
from conformance.world.world import World

FILE = """
[target]
base_url = "http://h"
[accounts.primary]
key = "gimg_0123456789abcdef"
cookie = 'lang=zh-TW; session="4f0c2b7e91d84f0c2b7e91d8"; theme=generation'
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as open_ones:
        journal = Journal(tmp_path / "main.jsonl")
        open_ones.callback(journal.close)
        recorder = Recorder(journal, Vault("salt"))
        open_ones.callback(recorder.close)
        yield World(parse(FILE, "t.toml"), recorder, RunningClock(), Quota())


def test_a_session_is_secret_without_its_cookie_s_name_too(world: World) -> None:
    vault = world.recorder.vault

    assert world.cookie("primary") == "REDACTED-primary-cookie"
    assert vault.redact('{"session":"4f0c2b7e91d84f0c2b7e91d8"}') == '{"session":"REDACTED-primary-cookie-value"}'
    assert vault.redact("zh-TW generation") == "zh-TW generation"
