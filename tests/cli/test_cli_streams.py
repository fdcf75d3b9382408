"""Whether anybody listens changes nothing: all files are written, and the status is the verdict's."""

import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest

from conformance.cli.streams import _Forgiving, make_forgiving, twin
from tests.cli.conftest import COMMAND, ROOT

COMPLAINTS = ("Traceback", "Exception ignored", "OSError", "BrokenPipe")
NOWHERE = ("--base-url", "http://127.0.0.1:1", "--api-key", "gimg_x")
"""Nothing answers there: a run of it is quick, and its status is neither 0 nor 1."""
DEAF = {
    "head": "| head -1",
    "head of both": "2>&1 | head -1",
    "full disk": "> /dev/full",
    "no streams": "<&- >&- 2>&-",
}
Heard = tuple[int, str, Path]


def begin(folder: Path, redirection: str, *arguments: str) -> subprocess.Popen[str]:
    """The command in a shell: its status goes into a file of the folder, what comes through to us."""
    folder.mkdir()
    line = shlex.join([*COMMAND, *arguments])
    script = f"{{ {line}; echo $? > status; }} {redirection}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    return subprocess.Popen(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONDEVMODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def heard(process: subprocess.Popen[str], folder: Path) -> Heard:
    said, _ = process.communicate(timeout=120)
    return int((folder / "status").read_text()), said, folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Heard]]:
    """All at once: most of a run's time is that of its start."""
    root = tmp_path_factory.mktemp("deaf")
    with ExitStack() as open_ones:
        started = {}
        for name, redirection in DEAF.items():
            workers = ("--workers", "2") if name == "no streams" else ()
            arguments = ("run", "--profile", "smoke", *NOWHERE, *workers)
            started[name] = open_ones.enter_context(begin(root / name, redirection, *arguments))
        yield {name: heard(process, root / name) for name, process in started.items()}


@pytest.mark.parametrize("name", DEAF)
def test_a_run_that_nobody_hears_writes_its_files_and_keeps_its_status(runs: dict[str, Heard], name: str) -> None:
    status, said, folder = runs[name]

    assert status == 3
    assert json.loads((folder / "reports/report.json").read_text())["exit_status"] == 3
    assert {"junit.xml", "evidence"} <= {path.name for path in (folder / "reports").iterdir()}
    assert [word for word in COMPLAINTS if word in said] == []


@pytest.mark.parametrize(
    ("arguments", "redirection", "status"),
    [
        (("requirements",), "| head -1", 0),
        (("requirements", "--coverage"), "> /dev/full", 3),
        (("faults", "list"), "| true", 0),
        (("serve", "--print-target"), "| true", 0),
        (("--help",), "> /dev/full", 0),
        (("run", "absent.toml"), "> /dev/full 2>&1", 2),
        (("run", "--nonsense"), "2>&-", 2),
    ],
)
def test_every_command_ends_quietly(tmp_path: Path, arguments: tuple[str, ...], redirection: str, status: int) -> None:
    with begin(tmp_path / "x", redirection, *arguments) as process:
        ended, said, _ = heard(process, tmp_path / "x")

    assert ended == status
    assert [word for word in COMPLAINTS if word in said] == []


def test_a_file_that_takes_nothing_takes_it_all() -> None:
    with open("/dev/full", "wb") as full, _Forgiving(full.fileno(), "wb", closefd=False) as forgiving:  # noqa: PTH123
        assert forgiving.write(b"four") == 4


def test_a_pipe_that_is_full_for_now_is_waited_for() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    read = bytearray()

    def listen() -> None:
        while part := far.recv(65_536):
            read.extend(part)

    listener = Thread(target=listen)
    with far, near, _Forgiving(near.fileno(), "wb", closefd=False) as forgiving:
        listener.start()
        left = memoryview(b"x" * 4_000_000)
        while left:
            left = left[forgiving.write(left) :]
        near.shutdown(socket.SHUT_WR)
        listener.join(60)
    assert len(read) == 4_000_000


def test_a_stream_without_a_file_is_its_own_twin() -> None:
    stream = StringIO()
    with twin(stream) as second:
        assert second is stream


def test_a_twin_is_closed_and_its_stream_is_not(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w", encoding="utf-8") as stream:
        with twin(stream) as second:
            print("heard", file=second)
        assert (second.closed, stream.closed) == (True, False)
    assert (tmp_path / "x").read_text() == "heard\n"


def test_what_stands_in_for_a_stream_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = StringIO()
    monkeypatch.setattr(sys, "stdout", stand_in)
    monkeypatch.setattr(sys, "stderr", stand_in)
    make_forgiving()

    assert sys.stdout is sys.stderr is stand_in


@pytest.mark.parametrize("arguments", [["requirements"], ["faults", "list"], ["serve", "--print-target"]])
def test_output_that_is_all_of_a_command_and_is_lost_is_a_failure(arguments: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 3
    assert done.stderr == "Error: the output could not be written: No space left on device\n"
