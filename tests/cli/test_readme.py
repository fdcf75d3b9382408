"""The commands of the documents and of --help work as they stand there, in the order in which they stand.

Installing (lines that make a new environment) is done by `.ci/run`. Addresses and ports are replaced by those of
servers of our own, and a run that names no profile, or a longer one, is a smoke run, since what the others test is no
matter here.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from conformance import reference
from conformance.cli import main
from conformance.reference import RunningClock, SteppedClock
from tests.cli.conftest import ROOT
from tests.extension.acme_server import acme

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "reports" / "README.md",
        ROOT / ".github" / "PIPELINES.md",
        *sorted((ROOT / "conformance").glob("**/README.md")),
    )
}
ACME = ROOT / "tests" / "extension" / "acme"
HELP = "--help"
SH = re.compile(r"```sh\n(.*?)```", re.DOTALL)
EXAMPLE = re.compile(r'^ *((?:eval "\$\()?gimg-conformance .*)$', re.MULTILINE)
RUNS = re.compile(r"conformance (run|certify)\b|conformance\.suite")
INSTALLS = "python3 -m venv"
INSTALLING = re.compile(r"(?m)^(python3 -m venv .*|\.venv/bin/pip install .*)\n")
MARKED = re.compile(r"<!-- (\w+) -->\n```sh\n(.*?)```", re.DOTALL)
STAGING = "https://staging.example.com"
ENDS = "trap 'for job in $(jobs -p); do kill $job; done' EXIT"
Ended = tuple[int, str]


def commands(group: click.Group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command, the groups among them, by the words that call it."""
    yield " ".join(names), group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*names, name))
        else:
            yield " ".join((*names, name)), command


def blocks_of(document: str) -> list[str]:
    """Without those that only install, which have a mark."""
    marked = {block for _, block in MARKED.findall(document)}
    return [INSTALLING.sub("", block) for block in SH.findall(document) if block not in marked]


BLOCKS = [(name, block) for name, document in DOCUMENTS.items() for block in blocks_of(document)] + [
    (HELP, f"{example}\n") for _, command in commands(main) for example in EXAMPLE.findall(command.help or "")
]


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
    block = re.sub(r"(conformance run)\b(?!.*--profile)", r"\1 --profile smoke", block)
    block = block.replace("--profile gate", "--profile smoke")
    for port in {*re.findall(r"\b808\d\b", block)}:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            block = block.replace(port, str(listener.getsockname()[1]))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    return subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", f"{ENDS}\n{block.replace(STAGING, url)}"],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "GIMG_KEY": key, "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def follow(folder: Path, blocks: list[str]) -> list[Ended]:
    """What a reader of one document sees, who has a folder of its own, and a server of its own."""
    installed(folder)
    extended = any("--extension acme" in block for block in blocks)
    if extended:
        shutil.copytree(ACME, folder / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    with_acme = acme() if extended else None
    # The scale of the second is not declared where there is no file, and lets nobody wait long.
    with (
        reference.start(clock=SteppedClock(), alter=with_acme) as stepped,
        reference.start(clock=RunningClock(100)) as fast,
    ):
        for name in ("staging.toml", "target.toml"):
            if any(f"--output {name}" in block for block in blocks):
                continue  # it writes its own
            (folder / name).write_text(stepped.target_toml(), encoding="utf-8")
        ended = []
        for block in blocks:
            with begin(folder, block, fast.base_url, fast.accounts["primary"].key) as process:
                said, _ = process.communicate(timeout=300)
            ended.append((process.returncode, said))
        return ended


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ended]:
    """Of each block. Documents are followed side by side: most of a run's time is that of its start."""
    names = [*dict.fromkeys(name for name, _ in BLOCKS)]
    blocks = [[block for document, block in BLOCKS if document == name] for name in names]
    folders = [tmp_path_factory.mktemp("readme") for _ in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = pool.map(follow, folders, blocks)
        return {
            (name, block): end
            for name, few, ends in zip(names, blocks, seen, strict=True)
            for block, end in zip(few, ends, strict=True)
        }


@pytest.mark.parametrize(("document", "block"), BLOCKS)
def test_a_block_of_commands_ends_well(ended: dict[tuple[str, str], Ended], document: str, block: str) -> None:
    status, said = ended[document, block]

    assert status == 0, said
    if RUNS.search(block):
        assert re.search(r"(CONFORMANT|PARTIAL)  no deviation found: ", said)
    assert "Traceback" not in said


def test_what_installs_is_what_the_continuous_integration_runs() -> None:
    blocks = [block for block in SH.findall(README) if INSTALLS in block]
    marked = MARKED.findall(README)

    assert blocks == [block for _, block in marked]
    assert [name for name, _ in marked] == ["run", "tests"]


def test_a_server_that_stands_still_is_never_met_by_its_address_alone() -> None:
    for _, block in BLOCKS:
        assert not ("--clock" in block and "--base-url" in block)


def test_a_command_that_fails_fails_its_block(tmp_path: Path) -> None:
    installed(tmp_path)
    with begin(tmp_path, ".venv/bin/gimg-conformance run absent.toml\necho on\n", "", "") as process:
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "there is no such file" in said
    assert "on\n" not in said.splitlines(keepends=True)
