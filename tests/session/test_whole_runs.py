"""Whole runs by plain pytest against servers of every kind: one root cause each, told in words, and a report."""

import gzip
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from conformance import reference
from conformance.client.journal import read
from conformance.reference import RunningClock, accounts_from
from tests.session.conftest import ROOT, Begin, Run

WRONG_KEY = "gimg_" + "0" * 32
Ended = tuple[int, str, dict[str, Any]]
SECTIONS = ("authentication", "isolation")


def page(get: int, post: int) -> type[BaseHTTPRequestHandler]:
    """A web server that knows nothing of the API."""

    class Page(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(get if self.command == "GET" else post)
            self.send_header("Content-Length", "13")
            self.end_headers()
            self.wfile.write(b"<html></html>")

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - the names that the base class calls

        def log_message(self, *arguments: object) -> None:
            pass

    return Page


@pytest.fixture(scope="module")
def runs(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All at once: most of a run's time is that of its start."""
    with ExitStack() as open_ones:

        def serving(get: int, post: int) -> str:
            server = open_ones.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), page(get, post)))
            open_ones.callback(server.shutdown)
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            return f"http://127.0.0.1:{server.server_port}"

        def target(name: str) -> str:
            path = tmp_path_factory.mktemp(name) / "target.toml"
            path.write_text(open_ones.enter_context(reference.start()).target_toml(), encoding="utf-8")
            return f"--gimg-target={path}"

        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
        fast = open_ones.enter_context(reference.start(clock=RunningClock(200)))
        smoke, keyed = "--gimg-profile=smoke", f"--gimg-api-key={WRONG_KEY}"
        yield {
            "static": begin(f"--gimg-base-url={serving(404, 405)}", keyed, smoke),
            "application": begin(f"--gimg-base-url={serving(200, 200)}", keyed, smoke),
            "broken": begin(f"--gimg-base-url={serving(500, 500)}", keyed, smoke),
            "closed": begin(f"--gimg-base-url={closed}", keyed, smoke),
            "wrong key": begin(f"--gimg-base-url={fast.base_url}", keyed, smoke),
            "one account": begin(
                f"--gimg-base-url={fast.base_url}", "--gimg-api-key=env:SOME_KEY",
                sections=("authentication", "plans", "isolation"),
                SOME_KEY=fast.accounts["primary"].key,
            ),
            "alone": begin(target("alone"), sections=SECTIONS),
            "two workers": begin(target("two"), "-n", "2", sections=SECTIONS),
            # Node ids that begin with a file let the files go to both.
            "two servers": begin("-n", "2", f"--rootdir={ROOT}", sections=("uploads", "webhooks", "authentication")),
        }  # fmt: skip


@pytest.fixture(scope="module")
def ended(runs: dict[str, Run]) -> dict[str, Ended]:
    return {name: run.ended() for name, run in runs.items()}


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode(errors="replace")


def verdicts(report: dict[str, Any], *chosen: str) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report["requirements"] if row["verdict"] in chosen}


@pytest.mark.parametrize(
    ("server", "because"),
    [
        ("static", "does not answer like this API (POST /api/v1/generate → 405;"),
        ("application", "does not answer like this API (POST /api/v1/generate → 2"),
        ("broken", "answers every call with a server error (POST /api/v1/generate → 500;"),
        ("closed", "cannot be reached: connection refused"),
        ("wrong key", "the target refuses the key of account 'primary'"),
    ],
)
def test_what_cannot_be_tested_has_one_cause(ended: dict[str, Ended], server: str, because: str) -> None:
    status, said, report = ended[server]

    assert (report["verdict"], status) == ("undecided", 1)
    assert verdicts(report, "fail", "error") == {}
    assert [problem for problem in report["problems"] if because in problem]
    roots = {check["root"] for check in report["checks"] if check["verdict"] == "inconclusive"}
    assert roots == {report["problems"][0].partition(". Check")[0]}
    assert report["cost"]["requests"] == (0 if server == "closed" else 3)
    assert "Traceback" not in said
    assert WRONG_KEY not in said


def test_one_account_shows_what_it_can(ended: dict[str, Ended]) -> None:
    status, _, report = ended["one account"]

    assert (report["verdict"], status) == ("conformant", 0)
    assert verdicts(report, "fail", "error", "inconclusive") == {}
    hints = {row["hint"] for row in report["requirements"] if row["id"].startswith("PLAN-")}
    assert 'add [accounts.free] key = "…" to the target file' in hints


def test_workers_come_to_the_same_verdicts(ended: dict[str, Ended]) -> None:
    (status, _, alone), (another, _, shared) = ended["alone"], ended["two workers"]

    assert (status, alone["verdict"]) == (another, shared["verdict"]) == (0, "conformant")
    assert verdicts(alone, "pass", "fail", "inconclusive", "error") == verdicts(
        shared, "pass", "fail", "inconclusive", "error"
    )


def test_no_number_is_given_twice_and_no_check_has_what_another_worker_sent(
    runs: dict[str, Run], ended: dict[str, Ended]
) -> None:
    folder, (_, _, report) = runs["two servers"].folder, ended["two servers"]
    evidence = {exchange.number: exchange for exchange in read([folder / "evidence" / "exchanges.jsonl.gz"])}

    assert [path.name for path in (folder / "evidence").glob("*.jsonl")] == ["run.jsonl"]
    assert {exchange.process for exchange in evidence.values()} == {"gw0", "gw1"}
    tests = [check for check in report["checks"] if not check["id"].startswith("passive::")]
    senders = [{evidence[number].process for number in check["exchanges"]} for check in tests]
    assert max(map(len, senders)) == 1
    assert sum(row["requests"] for row in report["scenarios"]) == report["cost"]["requests"]


def test_every_worker_may_have_a_server_of_its_own(ended: dict[str, Ended]) -> None:
    _, _, report = ended["two servers"]

    assert verdicts(report, "fail", "inconclusive", "error") == {}
    assert len(verdicts(report, "pass")) > 50


@pytest.mark.parametrize("name", ["two servers", "alone", "one account"])
def test_no_artefact_holds_a_secret(runs: dict[str, Run], ended: dict[str, Ended], name: str) -> None:
    artefacts = [path for path in runs[name].folder.rglob("*") if path.is_file()]
    text = ended[name][1] + "".join(map(text_of, artefacts))
    secrets = [secret for account in accounts_from(0).values() for secret in (account.key[5:], account.session)]

    assert {"report.json", "junit.xml", "exchanges.jsonl.gz"} <= {path.name for path in artefacts}
    assert "REDACTED-primary" in text
    assert [secret for secret in secrets if secret in text] == []
    assert re.findall(r"whsec_[0-9a-f]{16}", text) == []
    assert re.findall(r"(?i)signature=[0-9a-f]{20}", text) == []


def test_deliveries_and_signed_urls_were_among_the_artefacts(runs: dict[str, Run], ended: dict[str, Ended]) -> None:
    evidence = runs["two servers"].folder / "evidence"
    exchanges = text_of(evidence / "exchanges.jsonl.gz")

    assert ended["two servers"][0] == 0
    assert "whsec_REDACTED-" in exchanges
    assert "Signature=REDACTED-" in exchanges
    assert text_of(evidence / "attempts.jsonl.gz")
