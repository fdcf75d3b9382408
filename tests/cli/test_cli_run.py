import json
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main, running
from conformance.cli.running import RunRequest
from tests.cli.conftest import Started, ended

Command = Callable[..., tuple[int, str, str]]
KEY = "gimg_" + "0" * 32


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_embedded_reference_shows_no_deviation_whatever_surrounds_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('loaded')")
    status, out, err = command("run", "--profile", "gate", PYTEST_ADDOPTS="--nonsense", PYTEST_PLUGINS="nonsense")

    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    assert (status, err) == (0, "")
    assert report["verdict"] == "conformant"
    assert out.splitlines()[-1] == f"CONFORMANT  {report['summary']}"
    assert (tmp_path / "reports" / "junit.xml").is_file()
    files = ", ".join(f"reports/{name}" for name in ("report.json", "junit.xml", "report.html", "evidence"))
    assert f"Files: {files}" in " ".join(out.split())
    assert {path.name for path in tmp_path.iterdir()} == {"pytest.ini", "conftest.py", "reports"}


def test_what_follows_the_dashes_is_given_to_pytest(command: Command) -> None:
    status, out, err = command("run", "--", "-k", "nothing_is_called_so")

    assert (status, err) == (3, "")
    assert "UNDECIDED  none of" in out
    assert "no check passed" in out


def test_an_option_that_pytest_does_not_know_is_wrong_usage(command: Command) -> None:
    status, out, err = command("run", "--", "--nonsense")

    assert (status, out) == (2, "")
    assert err == "Error: unrecognized arguments: --nonsense. What follows -- is passed to pytest\n"


def test_a_closed_port_is_the_environments_failure(command: Command, silent: socket.socket) -> None:
    url = address(silent)
    silent.close()
    status, out, err = command("run", "--base-url", url, "--api-key", "env:SOME_KEY", SOME_KEY=KEY)

    assert (status, err) == (3, "")
    assert "Inconclusive: a problem prevented a verdict" in out
    assert "Deviations" not in out
    assert "Traceback" not in out
    assert KEY not in out


def test_a_broken_suite_is_not_the_targets_fault(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "def pytest_collection_modifyitems():\n    raise RuntimeError('out of order')\n"
    )
    status, _, err = command("run", "--", "-p", "broken")

    assert status == 3
    assert "Fault of the suite, not of the target. Please report it:" in err
    assert "RuntimeError: out of order" in err


def test_a_test_file_that_cannot_be_read_is_not_passed_over(command: Command, tmp_path: Path) -> None:
    (tmp_path / "test_extra.py").write_text("import nothing_of_the_kind\n")
    status, _, err = command("run", "--profile", "gate", "--", str(tmp_path / "test_extra.py"))

    assert status == 3
    assert "nothing_of_the_kind" in err


def test_a_second_run_in_the_folder_is_refused(
    start: Callable[..., Started], command: Command, silent: socket.socket
) -> None:
    first = start("run", "--base-url", address(silent), "--api-key", KEY)
    connection, _ = silent.accept()
    connection.recv(1)
    status, out, err = command("run", "--profile", "smoke")
    first.send_signal(signal.SIGINT)
    ended(first)
    connection.close()

    assert (status, out) == (2, "")
    assert f"is in use by another run (process {first.pid}). Wait until it and its workers end" in err
    assert "--" not in err
    assert first.returncode == 130


def test_a_terminal_that_knows_only_ascii_is_no_obstacle(command: Command) -> None:
    status, out, err = command("requirements", "RATE-6", PYTHONIOENCODING="ascii")

    assert (status, err) == (0, "")
    assert "????, sentence 1" in out
    assert 'key = "..."' in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_what_is_known(
    number: int, start: Callable[..., Started], silent: socket.socket, tmp_path: Path
) -> None:
    process = start("run", "--base-url", address(silent), "--api-key", KEY)
    connection, _ = silent.accept()
    connection.recv(1)
    process.send_signal(number)
    status, out, err = ended(process)
    connection.close()

    assert (status, err) == (130, "")
    assert "the run was interrupted" in out
    assert json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))["interrupted"] is True


@pytest.mark.parametrize("command", ["run", "certify"])
def test_its_seconds_count_from_when_the_command_began(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = list[list[str]]()

    def noted(order: RunRequest) -> int:
        asked.append(running.arguments(order))
        raise KeyboardInterrupt

    for place in ("running", "certifying"):
        monkeypatch.setattr(f"conformance.cli.{place}.execute", noted)
    CliRunner().invoke(main, [command, "--max-seconds", "20", "--report-dir", str(tmp_path)], obj=1000.0)

    assert {"--gimg-began=1000.0", "--gimg-max-seconds=20.0"} <= {*asked[0]}


def test_a_run_interrupted_while_it_starts_ends_as_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("conformance.cli.running.execute", interrupted)
    result = CliRunner().invoke(main, ["run"])

    assert (result.exit_code, result.output) == (130, "Interrupted.\n")
