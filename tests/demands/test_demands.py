"""Every demand has its row in `demands.toml`, and every test that a row names exists."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMANDS = tomllib.loads(Path(__file__).with_name("demands.toml").read_text(encoding="utf-8"))
OF_REPORTS = {28, 29}
EXISTS = "tests/demands/test_demands.py::test_a_name_that_does_not_exist_is_found"


@cache
def functions(path: Path) -> frozenset[str]:
    """The test functions of a file; none when there is no such file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def missing(tests: list[str]) -> list[str]:
    """Those of the tests that do not exist."""
    places = {test: test.partition("::") for test in tests}
    return [test for test, (path, _, name) in places.items() if name not in functions(ROOT / path)]


def test_every_demand_has_its_row() -> None:
    """Two rows of one name are none: TOML refuses them."""
    assert list(DEMANDS) == [f"D{number}" for number in range(1, 35) if number not in OF_REPORTS]


@pytest.mark.parametrize("demand", DEMANDS)
def test_a_row_is_one_sentence_and_names_tests_that_exist(demand: str) -> None:
    does, tests = DEMANDS[demand]["does"], DEMANDS[demand]["tests"]

    assert DEMANDS[demand].keys() == {"does", "tests"}
    assert (does[0].isupper(), does.find(".")) == (True, len(does) - 1)
    assert len(set(tests)) == len(tests) > 0
    assert missing(tests) == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/demands/test_demands.py::test_nothing_of_the_kind",
        "tests/demands/test_demands.py::missing",
        "tests/demands/test_demands.py::",
        "tests/demands/test_demands.py",
        "tests/demands/nowhere.py::test_a_name_that_does_not_exist_is_found",
    ],
)
def test_a_name_that_does_not_exist_is_found(name: str) -> None:
    assert missing([name, EXISTS]) == [name]
