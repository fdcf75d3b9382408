from pathlib import Path

import pytest

from conformance.requirements.tests_index import axes_of, by_requirement
from conformance.requirements.tests_index import tests_of as of

SOURCE = """
import world
@requirement("A-1", "A-2")
@other("A-9")
@along("retry", "zero")
def test_one(): ...
@world.requirement("A-2")
def test_two(): ...
@requirement("A-8")
def no_test(): ...
class TestMany:
    @requirement("A-3")
    def test_three(self): ...
"""
CHECKS = """
from conformance.checks import table
@judges("A-1", "B-1", spoilt=True)
def never_back(evidence): ...
@table.judges()
def as_documented(evidence): ...
@requirement("A-7")
def no_check(evidence): ...
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "test_some.py").write_text(SOURCE)
    (folder / "conftest.py").write_text('@requirement("A-7")\ndef test_not_one(): ...\n')
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "lifecycle.py").write_text(CHECKS)
    return folder


def test_decorators_of_tests_and_of_checks_name_requirements(suite: Path) -> None:
    found = of(suite, suite.parent / "checks")

    assert found == {
        "suite/test_some.py::test_one": ("A-1", "A-2"),
        "suite/test_some.py::test_two": ("A-2",),
        "suite/test_some.py::TestMany::test_three": ("A-3",),
        "passive::never_back": ("A-1", "B-1"),
    }


def test_a_decorator_names_the_axes_that_a_test_looks_along(suite: Path) -> None:
    assert axes_of(suite) == {"suite/test_some.py::test_one": ("retry", "zero")}


def test_the_other_way_round(suite: Path) -> None:
    found = by_requirement(of(suite, suite.parent / "checks"))

    assert found["A-1"] == ["suite/test_some.py::test_one", "passive::never_back"]
    assert {*found} == {"A-1", "A-2", "A-3", "B-1"}


def test_a_file_that_cannot_be_parsed_is_not_passed_over(suite: Path) -> None:
    (suite / "test_broken.py").write_text("def test(:")

    with pytest.raises(SyntaxError, match="invalid syntax"):
        of(suite, suite.parent / "checks")
