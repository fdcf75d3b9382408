"""The commands of the README work as they stand there, in the order in which they stand.

Installing (blocks that begin with a new environment) is done by `.ci/run`. Addresses and ports are replaced by those of
servers of our own, and a run that names no profile is a smoke run, since what the others test is no matter here.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance import reference
from conformance.reference import RunningClock, SteppedClock
from tests.cli.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
RUNS = re.compile(r"conformance (run|certify)\b|conformance\.suite")
INSTALLS = "python3 -m venv"
STAGING = "https://staging.example.com"
ENDS = "trap 'for job in $(jobs -p); do kill $job; done' EXIT"
Ended = tuple[int, str]


def installed(folder: Path) -> None:
    """What the README calls in .venv/bin."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    main = 'from conformance.cli import main; main(prog_name="gimg-conformance")'
    for name, command in {"gimg-conformance": f"-c '{main}'", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        (programs / name).chmod(0o755)


def begin(folder: Path, block: str, url: str, key: str) -> subprocess.Popen[str]:
    """The block as a script that ends with the first failure; a server that it starts ends with it."""
    block = "\n".join(
        f"{line} --profile smoke" if "conformance run " in line and "--profile" not in block else line
        for line in block.splitlines()
    )
    for port in {*re.findall(r"\b808\d\b", block)}:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            block = block.replace(port, str(listener.getsockname()[1]))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    return subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", f"{ENDS}\n{block.replace(STAGING, url)}"],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "GIMG_KEY": key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """All at once, each in a folder of its own with a server of its own: most of a run's time is that of its start."""
    with ExitStack() as open_ones:
        started = {}
        for block in BLOCKS:
            if INSTALLS in block:
                continue
            folder = tmp_path_factory.mktemp("readme")
            installed(folder)
            stepped = open_ones.enter_context(reference.start(clock=SteppedClock()))
            (folder / "staging.toml").write_text(stepped.target_toml(), encoding="utf-8")
            # Its scale is not declared where there is no file, and lets nobody wait long.
            fast = open_ones.enter_context(reference.start(clock=RunningClock(100)))
            key = fast.accounts["primary"].key
            started[block] = open_ones.enter_context(begin(folder, block, fast.base_url, key))
        ran = {block: (process.communicate(timeout=300)[0], process.returncode) for block, process in started.items()}
        yield {block: (status, said) for block, (said, status) in ran.items()}


@pytest.mark.parametrize("block", [block for block in BLOCKS if INSTALLS not in block])
def test_a_block_of_commands_ends_well(ended: dict[str, Ended], block: str) -> None:
    status, said = ended[block]

    assert status == 0, said
    if RUNS.search(block):
        assert re.search(r"(CONFORMANT|PARTIAL)  no deviation found: ", said)
    assert "Traceback" not in said


def test_what_installs_is_what_the_continuous_integration_runs() -> None:
    blocks = [block for block in BLOCKS if INSTALLS in block]
    marked = re.findall(r"<!-- (\w+) -->\n```sh\n(.*?)```", README, re.DOTALL)

    assert blocks == [block for _, block in marked]
    assert [name for name, _ in marked] == ["run", "tests"]


def test_a_server_that_stands_still_is_never_met_by_its_address_alone() -> None:
    for block in BLOCKS:
        assert not ("--clock" in block and "--base-url" in block)


def test_a_command_that_fails_fails_its_block(tmp_path: Path) -> None:
    installed(tmp_path)
    with begin(tmp_path, ".venv/bin/gimg-conformance run absent.toml\necho on\n", "", "") as process:
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "there is no such file" in said
    assert "on\n" not in said.splitlines(keepends=True)
