"""`run --resume`: a run that was killed goes on where its journal ends, and one that cannot is refused."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import reference
from conformance.client.journal import EXCHANGES, files_of, joined_path, lines_of, read, write_lines
from conformance.client.journaled import VALUES
from conformance.evidence import Exchange
from conformance.plan.settings import RUN_LOG
from conformance.reference import Running
from conformance.session.resuming import Earlier
from tests.cli.conftest import Started

Start = Callable[..., Started]
Command = Callable[..., tuple[int, str, str]]
CERTIFY = ("run", "t.toml", "--profile", "certify")
AGAIN = ("report", "reports", "--judge", "--to", "json", "--output", "again")
A_MINUTE = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A served target, whose file is t.toml."""
    with reference.start() as running:
        (tmp_path / "t.toml").write_text(running.target_toml(), encoding="utf-8")
        yield running


def evidence(folder: Path) -> Path:
    return folder / "reports" / "evidence"


def sent(folder: Path, scenario: str = "") -> list[Exchange]:
    """What the journal has, all of it or of a scenario."""
    return [one for one in read(files_of(evidence(folder), EXCHANGES)) if scenario in {"", one.scenario}]


def killed(process: Started, folder: Path, exchanges: int, scenario: str = "") -> None:
    """Kill it, with its workers, once the journal has so many exchanges (of a scenario)."""
    until = time.monotonic() + A_MINUTE
    while not evidence(folder).is_dir() or len(sent(folder, scenario)) < exchanges:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def report(folder: Path, place: str = "reports") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / place / "report.json").read_text(encoding="utf-8"))
    return found


def verdicts(folder: Path, verdict: str) -> dict[str, str]:
    """The reasons of the requirements with this verdict."""
    return {row["id"]: row["reason"] for row in report(folder)["requirements"] if row["verdict"] == verdict}


def is_judged_alike(command: Command, folder: Path) -> bool:
    """Whether the report can be made of the journal alone, byte for byte."""
    command(*AGAIN)
    return (folder / "again" / "report.json").read_bytes() == (folder / "reports" / "report.json").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("only", "scenario", "exchanges", "workers"),
    [
        ("suite/test_uploads.py", "", 5, ()),
        ("suite/test_rate_limits.py", "spent", 200, ()),
        ("suite/test_outputs.py", "", 40, ()),
        ("suite/test_webhook_retries.py", "retried", 20, ()),
        ("suite/test_webhook_registration.py", "delivered", 1, ()),
        ("AUTH,UP", "", 30, ("--workers", "2")),
    ],
)
def test_a_killed_run_goes_on_and_comes_to_its_end(  # noqa: PLR0917 - parameters, and what the run takes
    start: Start, command: Command, tmp_path: Path, server: Running, only: str, scenario: str, exchanges: int,
    workers: Sequence[str],
) -> None:  # fmt: skip
    order = (*CERTIFY, "--only", only, *workers)
    killed(start(*order), tmp_path, exchanges, scenario)
    before = len(sent(tmp_path))
    status, out, _ = command(*order, "--resume")

    assert status == 0, out
    assert verdicts(tmp_path, "inconclusive") == {}
    assert len(report(tmp_path)["checks"]) == len({check["id"] for check in report(tmp_path)["checks"]})
    assert len(sent(tmp_path)) > before
    assert "the run was interrupted after" in out
    assert len({one.number for one in sent(tmp_path)}) == len(sent(tmp_path))
    assert not server.service.parts.registry.webhooks
    assert is_judged_alike(command, tmp_path)


@pytest.mark.slow
def test_what_was_judged_is_not_sent_again(start: Start, command: Command, tmp_path: Path, server: Running) -> None:
    killed(start(*CERTIFY, "--only", "AUTH,UP"), tmp_path, 60)
    log = [json.loads(line) for line in lines_of(evidence(tmp_path) / RUN_LOG) if line]
    judged = {line["outcome"]["id"] for line in log if "outcome" in line}
    known = {line["scenario"] for line in values(tmp_path) if "value" in line} - {"first_contact"}
    status, _, _ = command("run", "t.toml", "--resume")  # the rest is as it began

    assert status == 0
    assert judged
    assert report(tmp_path)["profile"] == "certify"
    second = {one.scenario for one in sent(tmp_path) if one.process == "main-2"}
    assert not second & (judged | known)
    assert server.service


@pytest.mark.slow
def test_a_run_is_resumed_more_than_once(start: Start, command: Command, tmp_path: Path, server: Running) -> None:
    order = (*CERTIFY, "--only", "UP,AUTH")
    killed(start(*order), tmp_path, 20)
    with (evidence(tmp_path) / RUN_LOG).open("a", encoding="utf-8") as log:
        log.write('{"outcome": {"id": "cut o')
    killed(start(*order, "--resume"), tmp_path, len(sent(tmp_path)) + 30)
    status, out, _ = command(*order, "--resume")

    assert status == 0, out
    assert {one.process for one in sent(tmp_path)} == {"main", "main-2", "main-3"}
    assert sum("the run was interrupted after" in line for line in report(tmp_path)["warnings"]) == 2
    assert is_judged_alike(command, tmp_path)
    assert server.service


@pytest.mark.slow
def test_an_interrupted_ledger_is_not_kept_again(
    start: Start, command: Command, tmp_path: Path, server: Running
) -> None:
    order = (*CERTIFY, "--only", "suite/test_credits.py")
    killed(start(*order), tmp_path, 12, "ledger")
    status, _, _ = command(*order, "--resume")

    assert status in {0, 3}
    assert not [one for one in sent(tmp_path, "ledger") if one.process == "main-2"]
    assert "balance is not known" in verdicts(tmp_path, "not_tested")["PLAN-12"]
    assert "top it up" in (tmp_path / "reports" / "report.json").read_text(encoding="utf-8")
    assert server.service


@pytest.mark.slow
def test_a_url_that_only_the_lost_process_could_use_is_asked_for_anew(
    command: Command, tmp_path: Path, server: Running
) -> None:
    order = (*CERTIFY, "--only", "suite/test_uploads.py::test_the_bytes_can_be_put")
    assert command(*order)[0] == 0
    forget(tmp_path, "inputs/put/")
    status, out, _ = command(*order, "--resume")

    assert status == 0, out
    again = [one for one in sent(tmp_path) if one.process == "main-2" and one.scenario.startswith("inputs/")]
    assert [one.request.method for one in again] == ["POST", "PUT"] * 3
    assert all(200 <= one.status < 300 for one in again)
    assert "REDACTED" not in "".join(one.request.url for one in again if one.failure)
    assert server.service


def values(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in files_of(evidence(folder), VALUES) for line in lines_of(path) if line]


def forget(folder: Path, scenarios: str) -> None:
    """The journal as if the run had been killed before it came to any outcome, or to these values."""
    log = [line for line in lines_of(evidence(folder) / RUN_LOG) if '"settings"' in line]
    write_lines(evidence(folder) / RUN_LOG, log)
    kept = [line for line in values(folder) if not line.get("scenario", "").startswith(scenarios)]
    write_lines(joined_path(evidence(folder), VALUES), map(json.dumps, kept))


@pytest.fixture
def interrupted(command: Command, tmp_path: Path, server: Running) -> Path:
    """The folder of a smoke run as if it had been killed."""
    assert command("run", "t.toml", "--profile", "smoke")[0] == 0
    forget(tmp_path, "")
    assert server.service
    return tmp_path


@pytest.mark.parametrize(
    ("change", "arguments", "reason"),
    [
        (("", ""), ("--profile", "gate"), "another profile: smoke, not gate"),
        (("", ""), ("--seed", "7"), "another seed: 0, not 7"),
        (("", ""), ("--max-wait", "9"), "another --max-wait: 0.0, not 9.0"),
        (("", ""), ("--only", "AUTH-4"), "another selection: everything, not AUTH-4"),
        (("http://127.0.0.1:", "http://127.0.0.2:"), (), "another target: http://127.0.0.1:"),
        (("generation_seconds = ", "generation_seconds = 1"), (), "another [limits] of the target file"),
    ],
)
def test_other_terms_are_refused(
    interrupted: Path, command: Command, change: tuple[str, str], arguments: Sequence[str], reason: str
) -> None:
    target, before = interrupted / "t.toml", len(sent(interrupted))
    target.write_text(target.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    status, _, err = command("run", "t.toml", "--resume", *arguments)

    assert status == 2
    assert reason in " ".join(err.split())
    assert "gimg-conformance run t.toml --profile smoke --report-dir reports --resume" in " ".join(err.split())
    assert len(sent(interrupted)) == before


def test_another_version_of_the_suite_is_refused(interrupted: Path, command: Command) -> None:
    log = evidence(interrupted) / RUN_LOG
    lines = [line.replace('"suite_version": "', '"suite_version": "9') for line in lines_of(log) if line]
    write_lines(log, lines)
    status, _, err = command("run", "t.toml", "--resume")

    assert status == 2
    assert "another version of the suite: 9" in " ".join(err.split())


@pytest.mark.usefixtures("server")
def test_there_must_be_a_run_to_resume(command: Command, tmp_path: Path) -> None:
    status, _, err = command("run", "t.toml", "--resume")
    assert (status, "reports holds no run" in " ".join(err.split())) == (2, True)

    assert command("run", "t.toml", "--profile", "smoke", "--only", "AUTH-4")[0] == 0
    status, _, err = command("run", "t.toml", "--resume")
    assert (status, "came to its end, and nothing is left to do" in " ".join(err.split())) == (2, True)
    assert "`gimg-conformance run t.toml --profile smoke --failed reports` runs what failed" in " ".join(err.split())


def test_a_run_that_was_interrupted_tells_how_to_go_on(
    start: Start, command: Command, tmp_path: Path, server: Running
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (tmp_path / "silent.toml").write_text(server.target_toml().replace(server.base_url, url))
        process = start("run", "silent.toml", "--only", "AUTH-4")
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            _, going, _ = command("report", "reports")
            os.kill(process.pid, signal.SIGINT)
            out, _ = process.communicate(timeout=A_MINUTE)

    assert process.returncode == 130
    assert "\nto go on: gimg-conformance run silent.toml --report-dir reports --resume\n" in out
    assert "the run goes on" in going
    assert "killed" not in going
    assert "interrupted" not in going
    assert "to go on" not in going


def test_a_run_that_had_sent_nothing_is_told_as_that() -> None:
    log = SimpleNamespace(part=1, outcomes={})
    past = SimpleNamespace(sent={}, unused=lambda _: [], values=SimpleNamespace(waits=()))

    assert Earlier(Path("reports"), cast("Any", log), cast("Any", past)).sentences == (
        "the run was interrupted before it sent anything with an account's key, and resumed",
    )


def test_an_embedded_run_cannot_be_resumed(command: Command, tmp_path: Path) -> None:
    assert command("run", "--profile", "smoke", "--only", "AUTH-4")[0] == 0
    forget(tmp_path, "")
    status, _, err = command("run", "--resume")

    assert status == 2
    assert "the embedded server ended with the run" in " ".join(err.split())
