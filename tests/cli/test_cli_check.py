"""`check` tells of each thing whether it is ready, for twelve requests at most and no credit, and what to do else."""

import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance import reference
from conformance.cli import main
from conformance.contract import documented
from conformance.receiver.relay import Relay
from conformance.reference import Clock, Rules, Running, RunningClock, Service, SteppedClock
from conformance.world.preflight import REQUESTS
from tests.client.forward_proxy import forward_proxy

Vary = Callable[[Service], object]
QUOTA = documented().quota
RULES = Rules(queue_seconds=0.1, run_seconds=0.1)


@contextmanager
def served(*variations: Vary, clock: Clock | None = None) -> Iterator[Running]:
    def alter(service: Service) -> None:
        for vary in variations:
            vary(service)

    with reference.start(clock=clock or SteppedClock(), rules=RULES, alter=alter) as server:
        yield server


@contextmanager
def elsewhere(where: str) -> Iterator[str]:
    """The URL of what is no target: a port that nobody listens at, or another server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        if where == "closed":
            other.server_close()
        else:
            Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{other.server_port}"
        if where != "closed":
            other.shutdown()


def check(folder: Path, text: str, *options: str) -> Result:
    path = folder / "t.toml"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["check", str(path), *options], env={"COLUMNS": "80"})


def lines(ended: Result) -> dict[str, dict[str, Any]]:
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return {line["what"]: line for line in json.loads(ended.stdout)["lines"]}


def test_a_target_that_is_ready_costs_no_more_than_promised(tmp_path: Path) -> None:
    with served() as server, forward_proxy() as asked:
        ended = check(tmp_path, server.target_toml(), "--json", "--proxy", asked.url)
        found = lines(ended)

        assert ended.exit_code == 0, ended.output
        assert not server.service.parts.generations
    assert len(asked.lines) == REQUESTS
    assert found["network"]["found"] == f"plain HTTP on this machine; proxy {asked.url}"
    assert {name for name, line in found.items() if line["state"] == "trouble"} == set()
    assert found["primary"]["found"].startswith(f"let in; {QUOTA - 2} of {QUOTA} calls left until 2026-")
    assert found["free"]["found"] == "turned away, as it should be: no API access (403)"
    assert found["clock"]["found"].startswith("stands still, was moved by 5 s")
    assert found["receiver"]["remedy"] == found["prompts"]["remedy"] == "add --spend"
    assert all(line["remedy"] for line in found.values() if line["state"] != "fine")


def test_in_a_pipe_it_is_plain_and_each_thing_is_one_line(tmp_path: Path) -> None:
    with served() as server:
        ended = check(tmp_path, server.target_toml())

    assert "\x1b" not in ended.stdout
    about = [line for line in ended.stdout.splitlines() if line[:1] in "✓·✗"]
    assert len(about) == 15
    assert max(map(len, about)) <= 80
    assert ended.stdout.splitlines()[-1] == "Ready for a run; no credits were spent."


def test_with_spend_prompts_and_the_way_of_a_delivery_show(tmp_path: Path) -> None:
    with served() as server, forward_proxy() as asked:
        ended = check(tmp_path, server.target_toml(), "--json", "--spend", "--proxy", asked.url)
        found = lines(ended)

        assert ended.exit_code == 0, ended.output
        assert 20 <= sum("/__clock" not in line for line in asked.lines) <= 25, "as the README says"
        assert len(server.service.parts.generations) == 3, "one that succeeds, and two that are given back"
        assert not server.service.parts.registry.webhooks
    assert json.loads(ended.stdout)["credits"] == 1
    assert found["receiver"]["found"] == "a delivery arrived, and the webhook was removed"
    assert found["broke"]["found"] == "turned away, as it should be: no credits (402)"
    assert {found[f"prompt {fate}"]["state"] for fate in ("rejected", "blocked", "failed")} == {"fine"}


def test_what_would_spoil_a_run_is_told_with_its_remedy(tmp_path: Path) -> None:
    with served() as server, socket.create_server(("127.0.0.1", 0)) as listener:
        text = server.target_toml()
        first = re.sub(r'(\[accounts\.other\]\nkey = "gimg_)', r"\g<1>0", text)
        first = first.replace("/__clock", "/none")
        port = listener.getsockname()[1]
        ended = check(tmp_path, listening_at(first, port), "--json")
        found = lines(ended)

    assert ended.exit_code == 3
    assert (found["other"]["state"], found["other"]["found"]) == ("trouble", "the key is refused (401)")
    assert "no test clock answers" in found["clock"]["found"]
    assert found["receiver"]["found"] == f"port {port} of 127.0.0.1 is in use by another program"
    assert found["receiver"]["remedy"] == "choose another port in [webhooks] listen, or 0 for any free one"
    assert all(line["remedy"] for line in found.values() if line["state"] != "fine")


def test_a_session_that_is_refused_is_told(tmp_path: Path) -> None:
    with served() as server:
        ended = check(tmp_path, server.target_toml().replace('cookie = "session=', 'cookie = "session=0'), "--json")

    assert ended.exit_code == 3
    assert lines(ended)["cookie primary"]["found"] == "the session is refused (401)"


def test_a_prompt_that_is_not_understood_is_told(tmp_path: Path) -> None:
    with served() as server:
        text = re.sub(r"(?m)^(rejected|blocked) = .*$", r'\1 = "a heron"', server.target_toml())
        found = lines(check(tmp_path, text, "--json", "--spend"))

    assert found["prompt rejected"]["found"] == "it ended succeeded, not 422"
    assert found["prompt blocked"]["found"] == "it ended succeeded, not blocked"
    assert found["prompt failed"]["state"] == "fine"


def test_a_clock_that_runs_by_itself_is_no_test_clock(tmp_path: Path) -> None:
    with served(clock=RunningClock(60)) as server:
        found = lines(check(tmp_path, server.target_toml(), "--json"))

    assert (found["clock"]["state"], found["clock"]["remedy"]) == ("open", "offer one, and set control in [clock]")


def test_where_nothing_answers_it_ends_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    text = f'[target]\nbase_url = "http://127.0.0.1:{port}"\n[accounts.primary]\nkey = "gimg_{"0" * 32}"\n'
    ended = check(tmp_path, text, "--spend", "--json")

    assert ended.exit_code == 3
    found = lines(ended)
    assert list(found) == ["target", "receiver", "not checked"]
    assert "cannot be reached: connection refused" in found["target"]["found"]
    assert found["target"]["remedy"] == "check base_url and that the target is up"
    assert found["not checked"]["found"] == "accounts, network, delivery of webhooks"


@pytest.mark.parametrize("spend", [(), ("--spend",)])
@pytest.mark.parametrize("where", ["closed", "elsewhere"])
def test_a_bad_target_with_a_test_clock_is_the_one_trouble(tmp_path: Path, where: str, spend: tuple[str, ...]) -> None:
    with served() as server, elsewhere(where) as url:
        ended = check(tmp_path, server.target_toml().replace(server.base_url, url), "--json", *spend)
    found = lines(ended)

    assert ended.exit_code == 3
    assert {name: line["state"] for name, line in found.items()} == {
        "target": "trouble", "receiver": "fine", "not checked": "open"
    }  # fmt: skip
    assert "clock" not in found["target"]["found"]
    assert found["receiver"]["found"] == "can listen on 127.0.0.1:0"
    assert "test clock" in found["not checked"]["found"]


def test_the_receiver_of_a_bad_target_is_looked_at_by_itself(tmp_path: Path) -> None:
    with served() as server, elsewhere("closed") as url, socket.create_server(("127.0.0.1", 0)) as listener:
        text = listening_at(server.target_toml().replace(server.base_url, url), listener.getsockname()[1])
        found = lines(check(tmp_path, text, "--json"))

    assert {name for name, line in found.items() if line["state"] == "trouble"} == {"target", "receiver"}


@pytest.mark.parametrize(
    ("old", "new", "blamed"),
    [
        ("/__clock", "/none", "clock"),
        ('key = "gimg_', 'key = "gimg_0', "primary"),
        ('cookie = "session=', 'cookie = "session=0', "cookie primary"),
    ],
)
def test_what_depends_on_a_trouble_is_not_blamed_and_costs_nothing(
    tmp_path: Path, old: str, new: str, blamed: str
) -> None:
    with served() as server:
        text = server.target_toml().replace(old, new, 1)
        found = lines(check(tmp_path, text, "--json", "--spend"))
        bought = len(server.service.parts.generations)

    assert {name for name, line in found.items() if line["state"] == "trouble"} == {blamed}
    assert found["receiver"]["state"] == "open"
    assert found["receiver"]["remedy"] == f"mend {blamed} first, then check again"
    if blamed != "cookie primary":
        assert bought == 0
        assert found["prompts"]["remedy"] == found["broke"]["remedy"] == f"mend {blamed} first, then check again"


def test_who_is_waited_for_is_said_and_soon_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cli.meanwhile.A_FEW", 0.1)
    with served() as server, socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended = check(tmp_path, server.target_toml().replace(server.base_url, url), "--timeout", "1")

    assert ended.exit_code == 3
    assert ended.stderr == f"waiting for {url}; one request is given 1 s\n"
    assert "no answer in time (1 s)" in ended.stdout


def test_a_url_and_a_key_are_enough_and_nothing_is_refused_with_2() -> None:
    with served(clock=RunningClock(1)) as server:
        arguments = ["check", "--base-url", server.base_url, "--api-key", server.accounts["primary"].key, "--json"]
        found = lines(CliRunner().invoke(main, arguments))

    assert found["primary"]["state"] == "fine"
    assert found["not given"]["remedy"] == 'add [accounts.other] key = "…" and so on'
    ended = CliRunner().invoke(main, ["check"])
    assert (ended.exit_code, "no target is named" in ended.stderr) == (2, True)


def listening_at(text: str, port: int) -> str:
    assert 'listen = "127.0.0.1:0"' in text
    return text.replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{port}"')


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("refused", [["--only", "none"], ["--", "-k", "not ("], ["--profile", "smoke"]])
def test_a_run_that_is_refused_leaves_no_folder(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, refused: list[str]
) -> None:
    text = '[target]\nbase_url = "http://127.0.0.1:1"\n[accounts.primary]\nkey = "gimg_0"\n[limits]\nmax_requests = 1\n'
    (tmp_path / "t.toml").write_text(text)

    assert command("run", "t.toml", "--report-dir", "a/b/c", *refused)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["t.toml"]


def test_a_run_whose_receiver_cannot_listen_is_refused_before_anything_is_sent(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    with served() as server, forward_proxy() as asked, socket.create_server(("127.0.0.1", 0)) as listener:
        text = listening_at(server.target_toml(), port := listener.getsockname()[1])
        (tmp_path / "t.toml").write_text(text)
        line = [row.partition(" ")[0] for row in text.splitlines()].index("listen") + 1
        told = f"t.toml:{line}: webhooks.listen: port {port} of 127.0.0.1 is in use by another program. Choose another"
        for workers in ("1", "2"):
            status, _, err = command("run", "t.toml", "--proxy", asked.url, "--workers", workers)

            assert (status, f"Error: {told} port in [webhooks] listen" in err) == (2, True), err
        assert asked.lines == []
        assert [path.name for path in tmp_path.iterdir()] == ["t.toml"], "it leaves nothing"
        assert command("run", "t.toml", "--only", "AUTH-4", "--proxy", asked.url)[0] == 0
        before = everything_in(tmp_path)
        assert command("run", "t.toml")[0] == 2
        assert everything_in(tmp_path) == before, "what an earlier run left is as it was"


def test_a_run_whose_certificate_does_not_load_is_refused_before_anything_is_sent(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    with served() as server, forward_proxy() as asked:
        text = server.target_toml().replace('certificate = ""', 'certificate = "t.toml"')
        (tmp_path / "t.toml").write_text(text.replace('private_key = ""', 'private_key = "t.toml"'))
        status, _, err = command("run", "t.toml", "--proxy", asked.url)

    assert (status, "the key t.toml: one of them is no PEM file of its kind. Give" in err) == (2, True), err
    assert asked.lines == []


TUNNEL = """
import socket, sys, threading
print("see https://tunnel.example/terms, and http://localhost:4040")
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(f"https://... no: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    def pump(near, far):
        while data := near.recv(65536):
            far.sendall(data)
        far.shutdown(socket.SHUT_WR)

    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        for pair in ((near, far), (far, near)):
            threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def test_a_tunnel_is_started_and_a_delivery_comes_through_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tunnel.py").write_text(TUNNEL, encoding="utf-8")
    monkeypatch.setattr("conformance.receiver.tunnel._is_here", lambda host: host == "localhost")
    tunnel = ("--tunnel-command", f"{sys.executable} {tmp_path}/tunnel.py {{port}}")
    with served() as server:
        ended = check(tmp_path, server.target_toml(), "--json", "--spend", *tunnel)

    assert ended.exit_code == 0, ended.output
    assert lines(ended)["receiver"]["found"] == "a delivery arrived, and the webhook was removed"


def test_an_address_that_the_target_refuses_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tunnel.py").write_text(TUNNEL, encoding="utf-8")
    monkeypatch.setattr("conformance.receiver.tunnel._is_here", lambda host: host == "localhost")
    monkeypatch.setattr("conformance.reference.validation._is_loopback", lambda _: False)
    tunnel = ("--tunnel-command", f"{sys.executable} {tmp_path}/tunnel.py {{port}}")
    with served() as server:
        ended = check(tmp_path, server.target_toml(), "--json", "--spend", *tunnel)

    assert ended.exit_code == 3
    told = lines(ended)["receiver"]
    assert re.match(r"the address http://127\.0\.0\.1:\d+/\S+ was not registered: POST \S+ → 400: ", told["found"])
    assert "expected an absolute https URL" in told["found"]
    assert told["remedy"].startswith("the URL that the tunnel prints must be one that the target accepts")


def test_a_tunnel_that_does_not_come_up_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with served() as server:
        ended = check(
            tmp_path, server.target_toml(), "--json", "--tunnel-command", "sh -c 'echo log in first; : {port}'"
        )

    assert ended.exit_code == 3
    found = lines(ended)["receiver"]
    assert found["found"] == "the tunnel does not come up: it ended with status 0; its last lines: log in first"
    assert found["remedy"].startswith("try the command by itself")


def test_a_relay_behind_a_proxy_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as server, Relay(token := "a-token-of-the-tests") as relay, forward_proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        named = relay.url.replace("127.0.0.1", "localhost")
        way = f'relay = "{named}"\nrelay_token = "{token}"\npublic_url = "{relay.url}"'
        ended = check(tmp_path, server.target_toml().replace('public_url = ""', way), "--json", "--proxy", "env")

    assert ended.exit_code == 0, ended.output
    assert lines(ended)["receiver"]["found"].startswith(f"listens at {relay.url}/")
    assert proxy.lines == [f"CONNECT {named.partition('//')[2]}"]


def test_a_delivery_comes_by_way_of_a_relay(tmp_path: Path) -> None:
    token = "a-token-of-the-tests"
    with served() as server, Relay(token) as relay:
        way = f'relay = "{relay.url}"\nrelay_token = "{token}"'
        ended = check(tmp_path, server.target_toml().replace('public_url = ""', way), "--json", "--spend")
        wrong = check(tmp_path, server.target_toml().replace('public_url = ""', way.replace("tests", "best")), "--json")

    assert ended.exit_code == 0, ended.output
    assert lines(ended)["receiver"]["found"] == "a delivery arrived, and the webhook was removed"
    assert wrong.exit_code == 3
    assert lines(wrong)["receiver"]["found"] == f"the relay {relay.url} cannot be used: it refuses the token"
    assert token not in ended.output + wrong.output
