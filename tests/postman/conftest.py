"""newman, where it is installed."""

import shutil
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "node_modules" / ".bin" / "newman"


@pytest.fixture(scope="session")
def newman() -> str:
    """The program; skips where there is none."""
    found = str(BESIDE) if BESIDE.exists() else shutil.which("newman")
    if found is None:
        pytest.skip("there is no newman: `npm install --no-save newman@6.2.2`")
    return found
