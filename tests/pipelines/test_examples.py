"""The page on pipelines says what the action has, and the examples for other CI services work as they stand."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance import reference
from conformance.reference import SteppedClock
from tests.cli.test_readme import installed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / ".github" / "PIPELINES.md").read_text(encoding="utf-8")
PIPELINES = ROOT / ".github" / "pipelines"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / ".github/actions/conformance/action.yml").read_text(encoding="utf-8"))
JENKINS = re.compile(r"(?:sh |script: )'(.*)'")


def table(head: str) -> dict[str, list[str]]:
    """Rows of the page's table that begins with this head: the other cells, by each name of the first."""
    rows = re.findall(r"(?m)^\|(.*)\|$", PAGE.partition(f"| {head} |")[2].partition("\n\n")[0])
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if not row.startswith("---")]
    return {name: others for first, *others in cells for name in re.findall(r"`([^`]+)`", first)}


def test_the_page_has_the_inputs_and_their_defaults() -> None:
    told = {name: re.sub("`", "", others[0]) for name, others in table("input").items()}
    own = {"install-from": "the action's own repository"}

    assert told == {name: own.get(name, declared["default"]) for name, declared in ACTION["inputs"].items()}


def test_the_page_has_the_outputs() -> None:
    assert table("output").keys() == ACTION["outputs"].keys()


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL), ids=["job", "steps"])
def test_an_example_gives_the_action_what_it_takes(block: str) -> None:
    read = yaml.safe_load(block)
    steps = read if isinstance(read, list) else read["jobs"]["staging"]["steps"]
    (given,) = (step["with"] for step in steps if "actions/conformance@" in step.get("uses", ""))

    assert given.keys() <= ACTION["inputs"].keys()


# The jobs of other services, on a server of our own.


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A checkout with a target file."""
    installed(tmp_path)
    with reference.start(clock=SteppedClock()) as server:
        (tmp_path / "staging.toml").write_text(server.target_toml(), encoding="utf-8")
        yield tmp_path


def run(script: str, folder: Path, **variables: str) -> str:
    """What it prints. A script that does not end well fails."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))}
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - the one that the services find
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.mark.slow
def test_the_job_of_gitlab(folder: Path) -> None:
    job = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text(encoding="utf-8"))["conformance"]
    branch = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "PROFILE": "smoke"}

    assert "CONFORMANT  no deviation found" in run("\n".join(job["script"]), folder, **branch)
    assert (folder / job["artifacts"]["reports"]["junit"]).exists()
    run("\n".join(job["after_script"]), folder, **branch)
    assert run("\n".join(job["after_script"]), folder, **branch).startswith("NO CHANGE")


@pytest.mark.slow
def test_the_pipeline_of_jenkins(folder: Path) -> None:
    text = (PIPELINES / "Jenkinsfile").read_text(encoding="utf-8")
    prepare, test, compare = JENKINS.findall(text)
    run(prepare, folder)
    run(test, folder, PROFILE="smoke")
    run(prepare, folder)
    shutil.copytree(folder / "previous", folder / "reports")  # as if it had run again

    assert run(compare, folder).startswith("NO CHANGE")
    (junit,) = re.findall(r"testResults: '(.*?)'", text)
    assert (folder / junit).exists()


def test_what_the_container_copies_is_what_the_build_needs() -> None:
    """And it begins with the command, as the examples take it."""
    text = (PIPELINES / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"(?m)^COPY (.*) \S+$", text)
    needed = {"pyproject.toml", "README.md", "LICENSE", "openapi.yaml", "conformance"}

    assert {name for line in copied for name in line.split()} == needed
    assert 'ENTRYPOINT ["gimg-conformance"]' in text
