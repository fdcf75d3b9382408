"""A command loads what it needs, and starts as fast as that."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

PROGRAM = """
import json, sys
from conformance.cli import main
try:
    main(sys.argv[1:])
finally:
    with open("loaded.json", "w") as file:
        json.dump(sorted({name.partition(".")[0] for name in sys.modules}), file)
"""
MAKERS = {"hypothesis", "schemathesis"}
ENGINES = {"PIL", "httpx", "jsonschema_rs", "pytest", "starlette", "uvicorn", "yaml", *MAKERS}


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (("--help",), {"pydantic", "rich", *ENGINES}),
        (("run", "--help"), {"pydantic", "rich", *ENGINES}),
        (("requirements",), ENGINES),
        (("requirements", "GEN-9"), {"PIL", "starlette", "uvicorn", *MAKERS}),
        (("run", "--profile", "gate", "--", "--collect-only"), {"PIL", *MAKERS}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_command_does_not_need_is_not_loaded(
    tmp_path: Path, arguments: tuple[str, ...], unneeded: set[str]
) -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, check=False,
    )  # fmt: skip

    assert not unneeded & {*json.loads((tmp_path / "loaded.json").read_text(encoding="utf-8"))}
