"""Ctrl-C, and the SIGTERM of a CI system: the run ends in order, and what is known is reported."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from conformance import reference
from conformance.client.journal import EXCHANGES, files_of, read
from conformance.plan.settings import EVIDENCE
from conformance.reference.clock import RunningClock
from conformance.reference.dispatcher import Attempt
from conformance.reference.rules import Rules
from tests.session.conftest import Begin


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGINT, ("-n", "2"))]
)
def test_an_interrupted_run_reports_what_is_known(begin: Begin, number: int, workers: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        run = begin(f"--gimg-base-url={url}", "--gimg-api-key=gimg_x", *workers, sections=("authentication",))
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            # A terminal sends Ctrl-C to the whole group, a CI system SIGTERM to the process it knows.
            (os.killpg if number == signal.SIGINT else os.kill)(run.process.pid, number)
            status, said, report = run.ended()

    assert status == pytest.ExitCode.INTERRUPTED
    assert report["interrupted"] is True
    assert report["verdict"] == "undecided"
    assert "INTERNALERROR" not in said
    (begun,) = read(files_of(run.folder / EVIDENCE, EXCHANGES))
    assert (begun.operation, begun.response) == ("generate", None)  # whether or not its end was seen
    assert report["cost"]["by_account"]["primary"]["requests"] == 1


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGTERM, ("-n", "2"))]
)
def test_a_run_interrupted_while_it_waits_leaves_no_webhook_behind(
    begin: Begin, tmp_path: Path, number: int, workers: tuple[str, ...]
) -> None:
    retrying, target = threading.Event(), tmp_path / "target.toml"

    def watch(service: reference.Service) -> None:
        def disturb(attempt: Attempt) -> Attempt:
            retrying.set()
            return attempt

        service.dispatcher.disturbers.append(disturb)

    rules = Rules(queue_seconds=0.1, run_seconds=0.1)
    with reference.start(clock=RunningClock(), rules=rules, alter=watch) as server:
        target.write_text(server.target_toml(), encoding="utf-8")
        options = (f"--gimg-target={target}", "--gimg-profile=certify", *workers)
        run = begin(*options, sections=("webhook_retries",))
        assert retrying.wait(60)
        registered = len(server.service.parts.registry.webhooks)
        os.killpg(run.process.pid, number)
        status, _, report = run.ended()

        assert registered > 0
        assert server.service.parts.registry.webhooks == {}
    assert status == pytest.ExitCode.INTERRUPTED
    assert report["interrupted"] is True
