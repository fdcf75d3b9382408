"""Two runs never write into one folder, and none takes what an earlier one left for its own."""

import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.session.sole_use import LOCK, REMEDY, clear, sole_use
from tests.session.conftest import Begin, Run

KEY = "--gimg-api-key=gimg_x"


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def url(listener: socket.socket) -> str:
    return f"--gimg-base-url=http://127.0.0.1:{listener.getsockname()[1]}"


def refused(run: Run) -> str:
    said, _ = run.process.communicate(timeout=60)
    assert run.process.returncode == pytest.ExitCode.USAGE_ERROR
    return said


@pytest.mark.parametrize(("first", "second"), [((), ("-n", "2")), (("-n", "2"), ())])
def test_the_second_run_is_refused_and_the_first_is_not_harmed(
    begin: Begin, silent: socket.socket, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    run = begin(url(silent), KEY, *first, sections=("authentication",))
    connection, _ = silent.accept()
    with connection, socket.create_server(("127.0.0.1", 0)) as other:
        connection.recv(1)
        said = refused(begin(url(other), KEY, f"--gimg-report-dir={run.folder}", *second))
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
        os.killpg(run.process.pid, signal.SIGINT)
        _, _, report = run.ended()

    assert f"{run.folder} is in use by another run (process {run.process.pid})" in said
    assert "name another report folder" in said
    assert report["interrupted"] is True
    assert (run.folder / "evidence").is_dir()


def test_a_run_that_was_killed_stands_in_nobodys_way(begin: Begin, silent: socket.socket) -> None:
    run = begin(url(silent), KEY, sections=("authentication",))
    connection, _ = silent.accept()
    with connection:
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.communicate(timeout=60)

    with sole_use(run.folder):
        assert (run.folder / LOCK).read_text() == f"{os.getpid()}\n"


def test_the_workers_of_a_run_that_was_killed_still_use_it(begin: Begin, silent: socket.socket) -> None:
    run = begin(url(silent), KEY, "-n2", sections=("authentication",))
    connection, _ = silent.accept()
    with connection:
        run.process.kill()
        run.process.wait(60)
        with (
            pytest.raises(ConfigurationError, match=rf"another run \(process {run.process.pid}\)"),
            sole_use(run.folder),
        ):
            pass
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.communicate(timeout=60)  # until nobody has its end of the pipe
    with (run.folder / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a process that ends closes its pipes first, and the lock a moment later

    with sole_use(run.folder):
        pass


def test_one_after_the_other_may_use_it(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_use(tmp_path / "made"), pytest.raises(ConfigurationError), sole_use(tmp_path / "made"):
            pass


@pytest.mark.parametrize("missing", [True, False])
def test_a_system_or_a_file_system_without_locks_has_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: bool
) -> None:
    def unable(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    if missing:
        monkeypatch.setattr("conformance.session.sole_use.fcntl", None)
    else:
        monkeypatch.setattr("fcntl.flock", unable)
    with sole_use(tmp_path), sole_use(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_a_folder_in_which_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / LOCK).mkdir(parents=True)
    for path, said in [
        ("file", "file: File exists"),
        ("file/x", "file/x: Not a directory"),
        ("taken", f"taken/{LOCK}: Is a directory"),
    ]:
        with pytest.raises(ConfigurationError) as caught, sole_use(tmp_path / path):
            pass
        assert (caught.value.message, caught.value.hint) == (f"{tmp_path}/{said}", REMEDY)


def test_what_an_earlier_run_left_is_gone(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    (evidence / "bodies").mkdir(parents=True)
    ours = ["main.exchanges.jsonl", "exchanges.jsonl.gz", ".exchanges.jsonl.gz.x7", "bodies/00.gz"]
    files = [tmp_path / "a", tmp_path / "b", evidence / "theirs.pdf", *(evidence / name for name in ours)]
    for file in files:
        file.touch()
    (tmp_path / "a folder").mkdir()
    clear(evidence, [tmp_path / "a", tmp_path / "absent", tmp_path / "a folder"])

    assert [file.name for file in files if file.exists()] == ["b", "theirs.pdf"]
    assert (tmp_path / "a folder").is_dir()


def test_a_journal_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evidence").touch()
    with pytest.raises(ConfigurationError, match="evidence: File exists"):
        clear(tmp_path / "evidence", [])
