"""What can go wrong around a target: each condition with the exit status, the sentence and the requests it must end in.

`python -m tests.cli.conditions` prints the table as it was seen; `test_conditions.py` holds each row to it.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from conformance import reference
from conformance.reference import Rules, Running, RunningClock, Service, SteppedClock
from conformance.reference.response import Response

COMMAND = (sys.executable, "-c", "from conformance.cli import main; main(prog_name='gimg-conformance')")
ROOT = Path(__file__).parents[2]
KEY = "gimg_" + "0" * 32
FAST = 60
"""How many times faster than ours the targets' clocks run."""
AT_ONCE = 3


@dataclass
class Stage:
    """What one condition is made of: a folder of its own, and servers that end with it."""

    folder: Path
    servers: ExitStack
    environment: dict[str, str] = field(default_factory=dict)
    redirect: str = ""
    """What a shell would put behind the command."""

    def reference(self, **options: Any) -> Running:
        return self.servers.enter_context(reference.start(**{"clock": RunningClock(FAST)} | options))

    def target(self, server: Running, *changes: tuple[str, str], without: str = "") -> str:
        """The server's target file with these changes, and without the accounts that match."""
        text = server.target_toml()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        tables = re.split(r"(?m)^(?=\[)", text)
        kept = [table for table in tables if not (without and re.match(rf"\[accounts\.({without})]", table))]
        (self.folder / "target.toml").write_text("".join(kept), encoding="utf-8")
        return "target.toml"

    def page(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> str:
        """The base URL of a server of which every answer is made by `answer`."""

        class Page(BaseHTTPRequestHandler):
            def do(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do  # noqa: N815 - the names that the base class calls

            def log_message(self, *_: object) -> None:
                pass

        return self.served(Page)

    def served(self, handler: type[BaseHTTPRequestHandler]) -> str:
        server = self.servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        self.servers.callback(server.shutdown)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"


Arguments = Callable[[Stage], list[str]]


@dataclass(frozen=True)
class Condition:
    """`says` is a pattern of the one sentence, `requests` the most that may be sent; None: not counted."""

    name: str
    status: int
    says: str
    arguments: Arguments
    requests: int | None = 0


@dataclass(frozen=True)
class Seen:
    """How the command ended."""

    condition: Condition
    status: int
    said: str
    report: dict[str, Any]
    seconds: float

    @property
    def requests(self) -> int:
        return int(self.report.get("cost", {}).get("requests", 0))

    @property
    def sentence(self) -> str:
        """What the report, or else the command, gives as the reason: where nobody hears, only the report tells."""
        told = [*self.report.get("because", ()), self.report.get("summary"), *self.said.strip().splitlines()[-1:]]
        return str(next(filter(None, told), ""))

    @property
    def row(self) -> str:
        return (
            f"{self.condition.name:<58} {self.status:>3} {self.requests:>5} {self.seconds:>5.1f}  {self.sentence[:120]}"
        )


CONDITIONS: list[Condition] = []


def condition(name: str, status: int, says: str, *, requests: int | None = 0) -> Callable[[Arguments], Arguments]:
    def keep(arguments: Arguments) -> Arguments:
        CONDITIONS.append(Condition(name, status, says, arguments, requests))
        return arguments

    return keep


def keyed(url: str, key: str = KEY, *more: str) -> list[str]:
    return ["--base-url", url, "--api-key", key, "--profile", "smoke", *more]


# Wrong usage: nothing is sent.


@condition("no such target file", 2, "there is no such file")
def _absent(_: Stage) -> list[str]:
    return ["absent.toml"]


@condition("a target file that is not TOML", 2, "broken.toml:1: not TOML")
def _broken(stage: Stage) -> list[str]:
    (stage.folder / "broken.toml").write_text("[target\n")
    return ["broken.toml"]


@condition("a variable that is not set", 2, "NOT_SET_ANYWHERE")
def _unset(stage: Stage) -> list[str]:
    return [stage.target(stage.reference(), (stage.reference().accounts["primary"].key, "env:NOT_SET_ANYWHERE"))]


@condition("a URL without a key", 2, "--base-url needs --api-key")
def _no_key(_: Stage) -> list[str]:
    return ["--base-url", "http://127.0.0.1:1"]


@condition("a key with Bearer in front", 2, "[Bb]earer")
def _bearer(_: Stage) -> list[str]:
    return keyed("http://127.0.0.1:1", f"Bearer {KEY}")


@condition("a plan dearer than [limits] allow", 2, "max_requests is 7")
def _limits(stage: Stage) -> list[str]:
    return [stage.target(stage.reference(), ("max_requests = 0", "max_requests = 7")), "--profile", "smoke"]


@condition("a report folder that is a file", 2, "--report-dir|File .* is a file")
def _file_for_a_folder(stage: Stage) -> list[str]:
    (stage.folder / "file").write_text("")
    return keyed("http://127.0.0.1:1", KEY, "--report-dir", "file")


# Nothing that could be judged.


@condition("nothing listens there", 3, "cannot be reached: connection refused", requests=0)
def _closed(_: Stage) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return keyed(f"http://127.0.0.1:{port}")


@condition("a host name that does not exist", 3, "cannot be reached", requests=0)
def _no_host(_: Stage) -> list[str]:
    return keyed("http://host.invalid")


@condition("python -m http.server", 3, "does not answer like this API", requests=3)
def _http_server(stage: Stage) -> list[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    return keyed(stage.served(Quiet))


def _answering(status: int, *headers: tuple[str, str], body: bytes = b"<html>") -> Callable[[Any], None]:
    def answer(page: Any) -> None:
        page.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            page.send_header(name, value)
        page.end_headers()
        page.wfile.write(body)

    return answer


def _stepped(stage: Stage, base_url: str) -> list[str]:
    """The target file of a server with a test clock, at another URL."""
    server = stage.reference(clock=SteppedClock())
    return [stage.target(server, (server.base_url, base_url)), "--profile", "smoke"]


@condition("nothing listens where a test clock was promised", 3, r"^http\S+ cannot be reached: connection refused")
def _closed_with_a_clock(stage: Stage) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return _stepped(stage, f"http://127.0.0.1:{port}")


@condition("another server where a test clock was promised", 3, r"^http\S+ does not answer like this API", requests=3)
def _server_with_a_clock(stage: Stage) -> list[str]:
    return _stepped(stage, stage.page(_answering(404)))


@condition("a firewall forbids everything", 3, "does not answer like this API", requests=3)
def _firewall(stage: Stage) -> list[str]:
    return keyed(stage.page(_answering(403)))


@condition("everything is redirected", 3, "does not answer like this API", requests=3)
def _redirected(stage: Stage) -> list[str]:
    return keyed(stage.page(_answering(302, ("Location", "https://login.example/"), body=b"")))


@condition("only a gateway answers", 3, "only a gateway answers .*503", requests=3)
def _gateway(stage: Stage) -> list[str]:
    return keyed(stage.page(_answering(503)))


@condition("500 to everything, and no sign of this API", 3, "answers every call with a server error", requests=3)
def _all_broken(stage: Stage) -> list[str]:
    return keyed(stage.page(_answering(500)))


@condition("answers that break off", 3, "no answer is complete", requests=3)
def _short(stage: Stage) -> list[str]:
    def answer(page: Any) -> None:
        page.send_response(200)
        page.send_header("Content-Length", "5000")
        page.end_headers()

    return keyed(stage.page(answer))


# Whose key, and what is left of its quota.


@condition("a key with a typo", 3, "refuses the key of account 'primary'", requests=3)
def _typo(stage: Stage) -> list[str]:
    return keyed(stage.reference().base_url)


@condition("an expired key beside good ones", 3, "refuses the key.*lets in other, burner", requests=9)
def _expired(stage: Stage) -> list[str]:
    server = stage.reference()
    return [stage.target(server, (server.accounts["primary"].key, KEY)), "--profile", "smoke"]


def _spend(server: Running, calls: int) -> None:
    """By calls that cost no credit."""
    headers = {"Authorization": f"Bearer {server.accounts['primary'].key}"}
    with httpx.Client(base_url=server.base_url, headers=headers) as client:
        for _ in range(calls):
            client.get("/api/v1/generations/none")


@condition("a quota that is used up", 3, r"throttles the primary key.*restored at 20\d\d-.*Z", requests=3)
def _used_up(stage: Stage) -> list[str]:
    server = stage.reference(clock=RunningClock(1))
    _spend(server, server.service.parts.rules.limit)
    return [stage.target(server), "--profile", "smoke"]


@condition("a quota too small for the profile", 3, r"has 22 calls left, and this run may need 40.*20\d\d-", requests=3)
def _too_small(stage: Stage) -> list[str]:
    server = stage.reference()
    _spend(server, server.service.parts.rules.limit - 25)
    time.sleep(1)  # a window that has just begun and has few calls left would not be believed
    return [stage.target(server), "--profile", "smoke"]


@condition("the same, where time is moved", 0, "no deviation", requests=40)
def _moved(stage: Stage) -> list[str]:
    server = stage.reference(clock=SteppedClock())
    _spend(server, server.service.parts.rules.limit)
    return [stage.target(server), "--profile", "smoke"]


@condition(
    "an account that cannot buy anything", 3, "inconclusive: account 'primary' has not enough credits", requests=40
)
def _no_credits(stage: Stage) -> list[str]:
    server = stage.reference()
    keys = server.accounts["primary"].key, server.accounts["broke"].key
    return [stage.target(server, keys, without="broke"), "--profile", "smoke"]


@condition(
    "a session cookie that has expired",
    3,
    "inconclusive: the session cookie of account 'primary' is refused",
    requests=None,
)
def _cookie(stage: Stage) -> list[str]:
    server = stage.reference()
    cookie = server.accounts["primary"].cookie
    return [stage.target(server, (cookie, cookie[:-1] + "x")), "--profile", "gate"]


# Clocks.


@condition("a test clock that is none", 3, r"no test clock answers at \[clock\] control", requests=3)
def _no_clock(stage: Stage) -> list[str]:
    server = stage.reference()
    return [stage.target(server, ('control = ""', 'control = "/no/clock"')), "--profile", "smoke"]


@condition("a stepped clock that nobody moves", 3, "inconclusive: the target's clock stands still", requests=20)
def _nobody_moves(stage: Stage) -> list[str]:
    server = stage.reference(clock=SteppedClock())
    return keyed(server.base_url, server.accounts["primary"].key)


# What breaks in the middle of a run.


def _from(call: int, answer: Callable[[Response], Response]) -> Callable[[Service], object]:
    """From this call on, everything is answered so."""
    calls = iter(range(1_000_000))

    def alter(service: Service) -> None:
        service.rewriters.append(lambda _, response: answer(response) if next(calls) >= call else response)

    return alter


@condition("a gateway answers from the 6th call on", 3, "inconclusive: a gateway answered 502", requests=60)
def _gateway_later(stage: Stage) -> list[str]:
    page = Response(502, (("Content-Type", "text/html"),), b"<h1>Bad gateway</h1>")
    return [stage.target(stage.reference(alter=_from(6, lambda _: page))), "--profile", "smoke"]


@condition("429 from the 6th call on", 3, "were throttled without cause", requests=60)
def _throttled_later(stage: Stage) -> list[str]:
    def throttled(response: Response) -> Response:
        return Response(429, (*response.headers, ("Retry-After", "30")), b'{"error": "slow down"}')

    return [stage.target(stage.reference(alter=_from(6, throttled))), "--profile", "smoke"]


# Verdicts.


@condition("a target that keeps every promise", 0, "no deviation", requests=40)
def _conformant(stage: Stage) -> list[str]:
    return [stage.target(stage.reference()), "--profile", "smoke"]


@condition("a deviation", 1, "1 MUST", requests=40)
def _deviation(stage: Stage) -> list[str]:
    def alter(service: Service) -> None:
        def change(request: Any, response: Response) -> Response:
            kept = tuple(pair for pair in response.headers if pair[0] != "X-RateLimit-Limit")
            return Response(response.status, kept, response.body)

        service.rewriters.append(change)

    return [stage.target(stage.reference(alter=alter)), "--profile", "smoke"]


@condition("500 to everything, with a sign of this API", 1, "MUST", requests=60)
def _broken_api(stage: Stage) -> list[str]:
    return keyed(stage.page(_answering(500, ("X-RateLimit-Limit", str(Rules().limit)), body=b'{"error": "x"}')))


@condition("a deviation, and a standard output that is closed", 1, "1 MUST", requests=40)
def _closed_output(stage: Stage) -> list[str]:
    stage.redirect = ">&-"
    return _deviation(stage)


@condition("conformant, and a standard output that is full", 0, "no deviation", requests=40)
def _full_output(stage: Stage) -> list[str]:
    stage.redirect = "> /dev/full"
    return _conformant(stage)


@condition("a report that cannot be written", 3, "report.json", requests=40)
def _no_report(stage: Stage) -> list[str]:
    (stage.folder / "reports" / "report.json").mkdir(parents=True)
    return _conformant(stage)


def run(condition: Condition, folder: Path) -> Seen:
    """The condition in a folder of its own, and how the command ended."""
    folder.mkdir()
    with ExitStack() as servers:
        stage = Stage(folder, servers)
        arguments = condition.arguments(stage)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "GIMG", "COV"))}
        environment = inherited | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"} | stage.environment
        began = time.monotonic()
        command = ["sh", "-c", f'"$@" {stage.redirect}', "sh", *COMMAND, "run", *arguments]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        seconds = time.monotonic() - began
    report = folder / "reports" / "report.json"
    found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return Seen(condition, done.returncode, done.stdout + done.stderr, found, seconds)


@contextmanager
def all_of_them(folder: Path) -> Iterator[dict[str, Seen]]:
    """Every condition by its name, a few at a time: most of a run's time is that of its start."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {one.name: pool.submit(run, one, folder / str(number)) for number, one in enumerate(CONDITIONS)}
        yield {name: running.result() for name, running in runs.items()}


def main() -> None:
    """Print the table."""
    import tempfile  # noqa: PLC0415 - only here

    with tempfile.TemporaryDirectory() as folder, all_of_them(Path(folder)) as seen:
        print(f"{'condition':<58} {'exit':>4} {'sent':>4} {'s':>5}  sentence")  # noqa: T201 - a table to read
        for one in seen.values():
            print(one.row)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
