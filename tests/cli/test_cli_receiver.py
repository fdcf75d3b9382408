"""`receiver serve` relays until it is stopped, and refuses what cannot work before it listens."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.receiver import Receiver
from conformance.receiver.relayed import RelayWay
from tests.receiver.raw_sender import Steps, payload, post

TOKEN = "a-token-of-the-tests"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "'GIMG_RELAY_TOKEN' is not set. Set it: `export GIMG_RELAY_TOKEN=$(openssl rand -hex 24)`"),
        (["--token", "short"], "must have 16 characters or more"),
        (["--token", TOKEN, "--ports", "9519-9500"], "'9519-9500' is no range of ports"),
        (["--token", TOKEN, "--ports", "9500"], "'9500' is no range of ports"),
        (["--token", TOKEN, "--listen", "9443"], "'9443' is not an address to listen on"),
        (["--token", TOKEN, "--certificate", "a.pem"], "belong together"),
    ],
)
def test_what_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.delenv("GIMG_RELAY_TOKEN", raising=False)
    ended = CliRunner().invoke(main, ["receiver", "serve", *arguments])

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_a_port_that_is_taken_is_told_with_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMG_RELAY_TOKEN", TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(main, ["receiver", "serve", "--listen", f"127.0.0.1:{port}"])

    told = f"port {port} of 127.0.0.1 is in use by another program. Choose another port in --listen"
    assert (ended.exit_code, told in ended.stderr) == (2, True), ended.stderr


def test_it_relays_until_it_is_stopped_and_says_who_came(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance.cli", "receiver", "serve", "--listen", "127.0.0.1:0"]
    environment = os.environ | {"GIMG_RELAY_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        url = re.match(r"(http://127\.0\.0\.1:\d+)  ", serving.stdout.readline())
        assert url is not None
        with Receiver(now=Steps(), way=RelayWay(url[1], TOKEN)) as receiver:
            assert post(receiver.open().url, payload()) == 200
        assert post(f"{url[1]}/nobody") == 404
        serving.send_signal(signal.SIGTERM)
        told, _ = serving.communicate(timeout=10)
    assert serving.returncode == 0
    assert told.splitlines() == ["127.0.0.1 came; runs: 1", "127.0.0.1 went; runs: 0", "1 refused: unknown path"]
