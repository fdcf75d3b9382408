"""`--timeout`, `--ca`, `--proxy` and `--header` reach every process that sends something, and no secret is shown."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import reference
from conformance.cli import main
from conformance.limits import EXCHANGE_SECONDS, LONGEST_EXCHANGE_SECONDS
from conformance.reference import RunningClock
from tests.client.forward_proxy import forward_proxy

Command = Callable[..., tuple[int, str, str]]
PASSWORD, VALUE = "correct-horse-42", "Zq7-hidden-value-91"
TARGET = '[target]\nbase_url = "http://127.0.0.1:1"\n[accounts.primary]\nkey = "gimg_0"\ncookie = "c"\n'


def everything_in(folder: Path) -> bytes:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in files)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_goes_by_way_of_the_proxy_with_its_headers(command: Command, tmp_path: Path, workers: str) -> None:
    with reference.start(clock=RunningClock(60)) as server, forward_proxy(f"user:{PASSWORD}") as asked:
        (tmp_path / "t.toml").write_text(server.target_toml(), encoding="utf-8")
        proxy = asked.url.replace("://", f"://user:{PASSWORD}@")
        status, out, err = command(
            "run", "t.toml", "--only", "AUTH-4", "--only", "AUTH-1", "--workers", workers, "--proxy", "env:MINE",
            "--header", f"X-Access: {VALUE}", "--header", "X-Second: env:SECOND", "--timeout", "30",
            MINE=proxy, SECOND=VALUE[::-1],
        )  # fmt: skip

    assert (status, err) == (0, "")
    assert len(asked.lines) >= 8
    assert all(line.split(" ")[1].startswith(f"{server.base_url}/") for line in asked.lines)
    assert {headers.get("X-Access") for headers in asked.headers} == {VALUE}
    assert {headers.get("X-Second") for headers in asked.headers} == {VALUE[::-1]}
    told = everything_in(tmp_path / "reports") + out.encode()
    for secret in (VALUE, VALUE[::-1], PASSWORD):
        assert secret.encode() not in told
    assert b"REDACTED-header-x-access" in told
    assert b"30 s for an exchange; proxy http://127.0.0.1:" in told


def test_what_a_report_says_to_repeat_holds_the_same_options_without_secrets(command: Command, tmp_path: Path) -> None:
    from conformance.faults import named  # noqa: PLC0415 - loads the server

    with reference.start(clock=RunningClock(60), alter=named("a-bare-key-is-let-in").apply) as server:
        (tmp_path / "t.toml").write_text(server.target_toml(), encoding="utf-8")
        status, out, _ = command("run", "t.toml", "--only", "AUTH", "--header", f"X-Access: {VALUE}", "--timeout", "30")

    assert status == 1
    assert '-H "X-Access: $GIMG_HEADER_1"' in out
    assert "--timeout 30 --header 'X-Access: env:GIMG_HEADER_1'" in out
    assert VALUE not in out


@pytest.mark.parametrize("command", ["run", "certify", "cleanup", "check"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--header", "X-Access"], "--header number 1 has no colon"),
        (["--header", "Authorization: Basic x"], "--header Authorization: tests or the connection decide"),
        (["--proxy", "socks5://h:1"], "--proxy is not the URL of an HTTP proxy"),
        (["--ca", "t.toml"], "--ca t.toml cannot be loaded"),
        (["--timeout", "nan"], "--timeout nan must be a number from 1 to"),
        (["--timeout", "0"], "--timeout 0 must be a number from 1 to"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.toml").write_text(TARGET)
    vendor = ["--vendor", "A"] if command == "certify" else []
    ended = CliRunner().invoke(main, [command, "t.toml", *vendor, *options])

    assert ended.exit_code == 2, ended.output
    assert words in ended.stderr


def test_the_help_tells_the_times_that_hold() -> None:
    help_ = " ".join(CliRunner().invoke(main, ["run", "--help"]).stdout.split())

    assert f"up to {LONGEST_EXCHANGE_SECONDS:g}. [default: {EXCHANGE_SECONDS:g}]" in help_
