"""Tests of the suite speak one language: they neither branch nor raise, and judge through `expect` alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance.suite

SUITE = Path(conformance.suite.__file__).parent
SPEECH = ast.If | ast.Raise | ast.Try | ast.While | ast.Match | ast.Assert
JUDGED = {"Nonconformity", "Inconclusive", "NotTested", "NotApplicable"}
"""What only the vocabulary raises."""
MATERIAL = {
    "pytest_generate_tests": "a hook of pytest, which makes items and judges nothing",
}
"""Functions that may branch, each with its reason."""


def strays(source: str) -> Iterator[str]:
    """Where a module of the suite branches, raises, or knows what is raised."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in MATERIAL:
            for node in ast.walk(function):
                if isinstance(node, SPEECH):
                    yield f"{function.name}: {type(node).__name__}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"imports {alias.name}" for alias in node.names if alias.name in JUDGED)


@pytest.mark.parametrize("path", sorted(SUITE.glob("test_*.py")), ids=lambda path: path.stem)
def test_a_test_only_provokes_and_expects(path: Path) -> None:
    assert list(strays(path.read_text(encoding="utf-8"))) == []


def test_what_strays_is_found() -> None:
    source = """
from conformance.errors import Inconclusive
def test_one(seen):
    if seen:
        raise Inconclusive("so")
    assert seen
def pytest_generate_tests(metafunc):
    while True: ...
def helper(seen):
    try: ...
    finally: ...
"""
    assert list(strays(source)) == [
        "test_one: If",
        "test_one: Assert",
        "test_one: Raise",
        "helper: Try",
        "imports Inconclusive",
    ]
