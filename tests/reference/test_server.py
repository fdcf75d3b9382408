import ast
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import httpx
import pytest

import conformance.reference
from conformance.reference import Rules, Running, RunningClock, SteppedClock, accounts_from, start, target_toml
from conformance.reference.request import Request
from conformance.reference.response import Response
from tests.reference.caller import Caller, Meet

PACKAGE = Path(conformance.reference.__file__).parent


def test_it_ends_with_requests_deliveries_and_connections_under_way(
    meet: Meet, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, start() as server:
        caller = meet(server)
        caller.webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        caller.generation()
        caller.advance(3)
        delivery, _ = silent.accept()
        caller.generation()
        held = socket.create_connection(("127.0.0.1", httpx.URL(server.base_url).port or 0))
        held.sendall(
            b"POST /api/account/webhooks HTTP/1.1\r\nHost: x\r\n" + f"Cookie: {caller.cookie['Cookie']}\r\n".encode()
        )
        held.sendall(b"Content-Length: 9\r\n\r\n{")
        caller.http.get("/__clock")
    with delivery, held:
        assert held.recv(1) == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reference")]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(httpx.TransportError):
        caller.http.get("/__clock")


def test_a_request_that_sleeps_on_the_clock_does_not_hold_the_end_up() -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(start())
        reached = threading.Event()

        async def asleep(_: Request, response: Response) -> Response:
            reached.set()
            await server.clock.sleep(1e6)
            return response

        server.service.rewriters.append(asleep)
        client = socket.create_connection(("127.0.0.1", httpx.URL(server.base_url).port or 0))
        stack.callback(client.close)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert reached.wait(5)
        stack.pop_all().close()


def test_a_port_can_be_asked_for_and_be_taken() -> None:
    with start() as server:
        port = httpx.URL(server.base_url).port or 0
        with pytest.raises(OSError, match="in use"), start(port=port):
            pass
    with start(port=port) as again:
        assert again.base_url == server.base_url


def test_the_target_file_describes_the_server(server: Running) -> None:
    target = tomllib.loads(server.target_toml())
    assert target["target"] == {"name": "reference", "base_url": server.base_url}
    assert list(target["accounts"]) == ["primary", "other", "burner", "free", "broke", "capped", "metered"]
    assert {name for name, account in target["accounts"].items() if "cookie" in account} == {"primary", "other"}
    assert target["accounts"]["metered"]["credits"] == 9
    assert target["clock"] == {"scale": 1, "control": "/__clock"}
    assert target["webhooks"] == {"listen": "127.0.0.1:0", "public_url": "", "certificate": "", "private_key": ""}
    assert target["limits"] == {"generation_seconds": 60, "max_requests": 0, "max_credits": 0}
    assert server.target_toml() == target_toml(server.base_url, accounts_from(0), Rules(), SteppedClock())
    scaled = tomllib.loads(target_toml("http://x", accounts_from(0), Rules(), RunningClock(20)))
    assert scaled["clock"] == {"scale": 20, "control": ""}


def test_the_prompts_of_the_target_file_do_what_they_say(primary: Caller) -> None:
    prompts = tomllib.loads(primary.server.target_toml())["prompts"]
    assert list(prompts) == ["rejected", "blocked", "failed"]
    assert primary.generate(prompts["rejected"]).status_code == 422
    for status in ("blocked", "failed"):
        generation_id = primary.generation(prompts[status])
        primary.advance(5)
        assert primary.poll(generation_id).json()["status"] == status


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_in_the_foreground_until_it_is_told_to_end(end: signal.Signals) -> None:
    program = "from conformance.reference import serve; serve(port=0, on_ready=lambda s: print(s.base_url, flush=True))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent.parent)}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().decode().strip()
        assert httpx.get(f"{base_url}/api/v1/generations/1", verify=False).status_code == 401  # noqa: S501 - plain http
        process.send_signal(end)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == (0 if end == signal.SIGINT else -signal.SIGTERM)
    assert errors == b""


def test_it_can_be_read_alone() -> None:
    allowed = {*sys.stdlib_module_names, "h11", "starlette", "uvicorn", "PIL"}
    for file in PACKAGE.glob("*.py"):
        optional = {"boto3", "botocore"} if file.name == "remote_storage.py" else set[str]()
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level in (0, 1), file
                names = [node.module or ""] if node.level == 0 else []
            assert {name.partition(".")[0] for name in names} <= allowed | optional, file


def test_pillow_is_imported_with_the_first_picture() -> None:
    program = "import sys; from conformance.reference import start\nwith start(): sys.exit('PIL' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent.parent)}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environment).returncode == 0
