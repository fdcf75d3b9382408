"""A tunnel command is started, its URL is found in what it prints, and nothing of it is left, however the run ends."""

import os
import signal
import sys
from pathlib import Path
from typing import cast

import pytest
from anyio.from_thread import BlockingPortal

from conformance.errors import ConfigurationError, Inconclusive
from conformance.receiver import Receiver
from conformance.receiver.tunnel import TunnelWay, public_url_in
from tests.receiver.raw_sender import Steps, eventually

NO_PORTAL = cast("BlockingPortal", None)
HERE = "127.0.0.1:12345"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        (
            "INF |  https://odd-words-here.trycloudflare.com                 |",
            "https://odd-words-here.trycloudflare.com",
        ),
        ("Thank you. Terms of Use (https://www.cloudflare.com/website-terms/), and no uptime", ""),
        (
            "t=1 lvl=info msg=tunnel addr=http://localhost:8080 url=https://a1.ngrok-free.app",
            "https://a1.ngrok-free.app",
        ),
        ("Forwarding  https://a1.ngrok.app -> http://localhost:8080", "https://a1.ngrok.app"),
        ("your url is: https://tidy-cats.loca.lt", "https://tidy-cats.loca.lt"),
        ("\x1b[32mhttps://coloured.example\x1b[0m", "https://coloured.example"),
        ("https://host.tail1.ts.net/", "https://host.tail1.ts.net"),
        ("(see http://203.0.113.7:8080).", "http://203.0.113.7:8080"),
        ("inspect it at http://127.0.0.1:4040, or http://[::1]:4040 or http://app.localhost:1 or http://0.0.0.0:2", ""),
        ("https://", ""),
        ("http://[::1", ""),
        ("listening at bore.pub:12345", ""),
    ],
)
def test_the_url_of_a_tunnel_is_told_from_others(line: str, url: str) -> None:
    assert public_url_in(line) == url


def script(folder: Path, text: str) -> str:
    path = folder / "tunnel.py"
    path.write_text(text, encoding="utf-8")
    return f"{sys.executable} {path} --to {{port}}"


def is_there(process: int) -> bool:
    """Whether it lives; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


FAMILY = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
print(f"from {sys.argv[2]}: pids {os.getpid()} {child.pid}")
print("https://tunnel.example", file=sys.stderr, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_it_ends_with_all_that_it_started(
    tmp_path: Path, error: type[BaseException] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.receiver.tunnel._ENDING", 0.05)
    way, left = TunnelWay(script(tmp_path, FAMILY)), list[int]()

    def use() -> None:
        with way.reach(NO_PORTAL, HERE) as url:
            assert (url, way.outage) == ("https://tunnel.example", "")
            eventually(lambda: "pids" in way.last)
            words = way.last.split()
            assert words[1] == "12345:"
            left.extend(map(int, words[3:5]))
            assert all(map(is_there, left))
            if error:
                raise error

    if error:
        with pytest.raises(error):
            use()
    else:
        use()
    eventually(lambda: not any(map(is_there, left)))
    assert way.outage == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "print('no login'); print('run it again'); raise SystemExit(7)",
            "status 7; its last lines: no login | run it",
        ),
        ("import time; print('wait', flush=True); time.sleep(60)", "no public URL in 0.3 s; its last lines: wait"),
        ("import time; time.sleep(60)", "no public URL in 0.3 s; its last lines: none"),
    ],
)
def test_one_that_does_not_come_up_shows_its_last_lines(tmp_path: Path, text: str, told: str) -> None:
    patience = 0.3 if "sleep" in text else 10.0
    way = TunnelWay(script(tmp_path, text), patience=patience)
    with pytest.raises(Inconclusive, match="does not come up") as raised, way.reach(NO_PORTAL, HERE):
        pass
    assert told in raised.value.message
    assert "print its public URL" in raised.value.hint


def test_a_program_that_is_not_there_is_told() -> None:
    way = TunnelWay("no-such-program {port}")
    with pytest.raises(Inconclusive, match="cannot be started: No such file"), way.reach(NO_PORTAL, HERE):
        pass


def test_one_that_ends_while_it_is_used_is_an_outage(tmp_path: Path) -> None:
    text = "import time, os; print('https://t.example', os.getpid(), flush=True); time.sleep(60)"
    with Receiver(now=Steps(), way=TunnelWay(script(tmp_path, text))) as receiver:
        assert receiver.canary_url.startswith("https://t.example/")
        assert receiver.outage == ""
        way = receiver._way
        assert isinstance(way, TunnelWay)
        os.kill(int(way.last.split()[-1]), signal.SIGKILL)
        eventually(lambda: "the tunnel ended by itself (status -9)" in receiver.outage)
        with pytest.raises(ConfigurationError, match="relay has more"):
            receiver.open(own_port=True)
