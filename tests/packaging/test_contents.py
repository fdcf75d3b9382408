import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from conformance import __version__
from tests.packaging.contents import difference, files_of_wheel
from tests.packaging.somebody_elses import address
from tests.packaging.try_package import Failed, demand, here, said

ROOT = Path(__file__).parents[2]


def test_the_version_has_one_place() -> None:
    """What is installed tells that of `conformance/__init__.py`, and the release notes begin with it."""
    notes = (ROOT / ".github" / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = [line for line in notes.splitlines() if line.startswith("## ")]

    assert version("gimg-conformance") == __version__
    assert heads[0].split()[1] == __version__


def test_what_a_package_lacks_or_has_too_much_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        for name in ("conformance/a.py", "x.dist-info/RECORD", "tests/b.py"):
            wheel.writestr(name, "")
    files = files_of_wheel(tmp_path / "x.whl")

    assert difference(files, files) == ""
    assert difference(files, {"conformance/a.py", "conformance/py.typed"}) == (
        "it lacks conformance/py.typed; nobody asked for tests/b.py"
    )


def test_a_command_that_ends_otherwise_is_told_with_what_it_said(tmp_path: Path) -> None:
    assert said(["sh", "-c", "echo $HOME"], tmp_path, alone=True) == f"{tmp_path}\n"
    with pytest.raises(Failed, match=r"status 3, expected 0\nso\n"):
        said(["sh", "-c", "echo so; exit 3"], tmp_path)
    with pytest.raises(Failed, match="no wheel"):
        demand(False, "no wheel")


def test_a_python_that_does_not_start_is_left_out(tmp_path: Path) -> None:
    shim = tmp_path / "python3.15"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)

    assert here([str(shim), "no-such-python", "python3"]) == ["python3"]


def test_the_program_of_somebody_else_says_what_the_package_says() -> None:
    assert address("https://staging.example.com") == "https://staging.example.com"
