"""Ctrl-C, and the SIGTERM of a CI system: the run ends in order, and what is known is reported."""

import os
import signal
import socket

import pytest

from .conftest import Begin


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
