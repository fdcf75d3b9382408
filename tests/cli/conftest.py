import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (
    sys.executable,
    "-c",
    "from conformance.cli import main; main(prog_name='gimg-conformance')",
)
Started = subprocess.Popen[str]
PROGRESS = re.compile(r"^(\w+ .*: )?\d+:\d\d, \d+ of \d+ tests, .*\n", re.MULTILINE)
PLAN = re.compile(
    r"^plan +requests +generations +credits +images\n(?:\w+(?: +\d+){4}\n)*\d+ tests?, .*\n"
    r"(?:not tested: .*\n)?(?:\d+ requests of primary are beyond .*\n)?",
    re.MULTILINE,
)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Started]:
    """Start the command in an empty folder, with further environment variables."""

    def started(*arguments: str, **environment: str) -> Started:
        paths = os.pathsep.join([str(tmp_path), str(ROOT)])
        # Told apart from ours, so that neither the terminal nor the settings of whoever runs the tests play a part.
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))
        }
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env=inherited | {"PYTHONPATH": paths, "COLUMNS": "80"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return started


def ended(process: Started) -> tuple[int, str, str]:
    """Exit status, stdout and stderr, less the plan, and less the lines by which a long run tells how far it is."""
    out, err = process.communicate(timeout=180)
    return process.returncode, out, PLAN.sub("", PROGRESS.sub("", err))


@pytest.fixture
def command(start: Callable[..., Started]) -> Callable[..., tuple[int, str, str]]:
    """Run the command; exit status, stdout and stderr."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        with start(*arguments, **environment) as process:
            return ended(process)

    return run
