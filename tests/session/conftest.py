import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """pytest on the suite, in a process of its own, which may still be running."""

    process: subprocess.Popen[str]
    folder: Path

    def ended(self) -> tuple[int, str, dict[str, Any]]:
        """Exit status, everything that was printed, and the report; an empty one where tests were only listed."""
        said, _ = self.process.communicate(timeout=180)
        report = self.folder / "report.json"
        return self.process.returncode, said, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


Begin = Callable[..., Run]


@pytest.fixture(scope="session")
def begin(tmp_path_factory: pytest.TempPathFactory) -> Begin:
    """Begin a run of the suite, or of some sections of it, with these arguments, as a user of plain pytest would."""

    def begun(*arguments: str, sections: tuple[str, ...] = (), **environment: str) -> Run:
        folder = tmp_path_factory.mktemp("run")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIMG", "COV"))
        }
        # A file of its own is collected faster than `-k` chooses from all of them.
        suite = [f"conformance.suite.test_{section}" for section in sections] or ["conformance.suite"]
        command = [
            sys.executable, "-m", "pytest", "--pyargs", *suite, "-p", "conformance.plugin", "-p", "xdist",
            "-p", "no:cacheprovider", "-q", f"--gimg-report-dir={folder}", f"--rootdir={folder}", *arguments,
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return Run(process, folder)

    return begun
