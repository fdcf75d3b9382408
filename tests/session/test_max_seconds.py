"""A run that is given its seconds: a target that stands still ends it with what is known."""

import socket
from pathlib import Path

import pytest

from conformance import reference
from conformance.reference.clock import RunningClock
from tests.session.conftest import Begin

OVER = "--max-seconds 8 was over"


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_target_that_never_answers_ends_the_run(begin: Begin, workers: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = (f"--gimg-base-url={url}", "--gimg-api-key=gimg_x", "--gimg-max-seconds=8", *workers)
        status, said, report = begin(*options, sections=("authentication",)).ended()

    assert status == pytest.ExitCode.TESTS_FAILED
    assert (report["verdict"], report["exit_status"], report["interrupted"]) == ("undecided", 3, False)
    assert f"the run stopped early: {OVER}" in report["because"]
    assert {check["message"] for check in report["checks"]} == {OVER}
    assert "INTERNALERROR" not in said


def test_generations_that_never_end_leave_no_webhook_behind(begin: Begin, tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    rules = reference.Rules(queue_seconds=10**6)
    with reference.start(clock=RunningClock(), rules=rules) as server:
        target.write_text(server.target_toml(), encoding="utf-8")
        options = (f"--gimg-target={target}", "--gimg-max-seconds=8")
        _, _, report = begin(*options, sections=("webhooks",)).ended()

        assert server.service.parts.registry.webhooks == {}
    assert any(f"stopped early: {OVER}" in why for why in report["because"])
    assert report["exit_status"] == 3
