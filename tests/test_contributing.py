"""The pages for contributors: their examples work, their guards speak, and what they name exists."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_readme import installed

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "conformance"
GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (PACKAGE / "README.md").read_text(encoding="utf-8")
EXAMPLES = {part.partition("\n")[0]: part for part in GUIDE.split("\n## ")[1:]}
COPIED = ("conformance", "tests", "openapi.yaml", "pyproject.toml", "README.md", ".github")
FORGOTTEN = re.compile(r"Forget `([^`]+)`, and `([^`]+)` says `([^`]+)`")
"""A path or a text of the diff, then a test or a command, then a part of what it prints."""
WRITTEN = {"report.json", "attempts.jsonl"}
"""What a run writes."""


# Diffs without line numbers.


def hunks(diff: str) -> Iterator[tuple[str, str, str]]:
    """Each hunk of a unified diff: the path, the old lines and the new ones."""
    for part in re.split(r"(?m)^--- a/", diff)[1:]:
        head, *bodies = re.split(r"(?m)^@@\n", part)
        for body in bodies:
            lines = [line or " " for line in body.rstrip("\n").split("\n")]
            old, new = ("\n".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
            yield head.partition("\n")[0], old, new


def apply(diff: str, folder: Path) -> None:
    """Change the files in a folder. LookupError: the old lines of a hunk stand in its file not at all, or twice."""
    for path, old, new in hunks(diff):
        file = folder / path
        text, place = "\n" + file.read_text(encoding="utf-8"), f"\n{old}\n"
        if (times := text.count(place)) != 1:
            raise LookupError(f"{path} has these lines {times} times, not once:\n{old}")
        file.write_text(text.replace(place, f"\n{new}\n")[1:], encoding="utf-8")


def without(diff: str, step: str) -> str:
    """The diff less what it does to the file of this path, or less this text in the lines that it adds."""
    parts = re.split(r"(?m)^(?=--- a/)", diff)
    if any(part.startswith(f"--- a/{step}\n") for part in parts):
        return "".join(part for part in parts if not part.startswith(f"--- a/{step}\n"))
    return re.sub(r"(?m)^\+.*$", lambda line: line[0].replace(step, ""), diff)


def test_a_diff_changes_what_stands_there_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\ntwo\nthree\n")
    apply("--- a/a.txt\n+++ b/a.txt\n@@\n one\n\n-two\n+2\n@@\n three\n+four\n", tmp_path)

    assert (tmp_path / "a.txt").read_text() == "one\n\n2\nthree\nfour\n"


@pytest.mark.parametrize(("content", "times"), [("two\n", 0), ("none\n", 0), ("one\nx\none\n", 2)])
def test_a_hunk_that_fits_nowhere_or_twice_is_told(tmp_path: Path, content: str, times: int) -> None:
    (tmp_path / "a.txt").write_text(content)

    with pytest.raises(LookupError, match=f"a.txt has these lines {times} times, not once:\none"):
        apply("--- a/a.txt\n+++ b/a.txt\n@@\n one\n+two\n", tmp_path)


def test_a_step_is_forgotten() -> None:
    one, two = "--- a/a.py\n+++ b/a.py\n@@\n x\n+y = 1\n", "--- a/b.py\n+++ b/b.py\n@@\n y = 1\n+z\n"

    assert without(one + two, "a.py") == two
    assert without(one + two, " = 1") == one.replace(" = 1", "") + two


# The examples.


def blocks(kind: str, section: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)


def copy(folder: Path, diff: str) -> Path:
    """A copy of the sources with the change, and what the guide calls in .venv/bin."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "reports").mkdir()
    installed(folder)
    apply(diff, folder)
    return folder


def ran(folder: Path, commands: str) -> tuple[int, str]:
    """The status of the first command that fails, else 0, and all that was printed."""
    # PYTHONDONTWRITEBYTECODE: the commands would each compile the copy.
    apart = ("PYTEST", "GIMG", "COV", "PYTHONDONT")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
    done = subprocess.run(
        ["/bin/sh", "-euc", commands], cwd=folder, env=inherited | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_works(name: str, tmp_path: Path) -> None:
    (diff,), (commands,), (expected,) = (blocks(kind, EXAMPLES[name]) for kind in ("diff", "sh", "text"))
    status, said = ran(copy(tmp_path, diff), commands)

    assert status == 0, said
    assert [line for line in expected.splitlines() if line not in said] == [], said


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_forgotten_step_is_told(name: str, tmp_path: Path) -> None:
    (diff,) = blocks("diff", EXAMPLES[name])
    ((step, guard, message),) = FORGOTTEN.findall(" ".join(EXAMPLES[name].split()))
    command = f".venv/bin/python -m pytest -n 0 {guard}" if guard.startswith("tests/") else guard
    status, said = ran(copy(tmp_path, without(diff, step)), command)

    assert without(diff, step) != diff
    assert status == 1, said
    assert message in said


# What the pages name.


def named(page: str) -> set[str]:
    """The paths that stand between backticks, in prose."""
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    return {name for name in re.findall(r"`([\w./-]+)`", prose) if re.search(r"/|\.\w+$", name)}


@pytest.mark.parametrize("page", [ARCHITECTURE, GUIDE], ids=["architecture", "guide"])
def test_every_path_exists(page: str) -> None:
    missing = {path for path in named(page) if not any((base / path).exists() for base in (ROOT, PACKAGE))}
    assert missing - WRITTEN == set()


def test_every_room_is_in_the_table() -> None:
    rooms = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    assert set(re.findall(r"(?m)^\| `(\w+/)` \|", ARCHITECTURE)) == rooms


def without_a_home(page: str) -> list[str]:
    """What is called `name()` and is defined in no file that the same paragraph or step names."""
    found = []
    for step in re.split(r"\n\n|\n(?=\d+\. |- )", page):
        files = [base / path for path in named(step) for base in (PACKAGE, ROOT) if path.endswith(".py")]
        source = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
        calls = re.findall(r"`(\w+)\(\)`", step)
        found += [name for name in calls if not re.search(rf"(?m)^ *(async )?(def|class) {name}\b", source)]
    return found


@pytest.mark.parametrize("page", [ARCHITECTURE, GUIDE], ids=["architecture", "guide"])
def test_every_function_is_where_it_is_said_to_be(page: str) -> None:
    assert without_a_home(page) == []


def test_a_function_elsewhere_is_found() -> None:
    assert without_a_home("1. `judge()` in `verdict/judge.py`\n2. `judge()` in `report/build.py`") == ["judge"]
