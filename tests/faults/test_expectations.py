"""Every form of expectation is found; without it nothing is judged, and what it looked at is still evaluated."""

from pathlib import Path
from typing import Any

import pytest

from conformance.checks import expect_that
from conformance.evidence.nonconformity import Nonconformity
from tests.faults.expectations import SWITCHES, Switches, switched

SOURCE = """
def judge(value):
    expect_that(value, "a value").to_be_a_string().to_equal("good")

def test_one(see):
    judge(see("bad"))

def test_two(see):
    if see("bad"):
        raise Nonconformity("good", "bad")

def check_one(see):
    return tuple(Finding(each) for each in [see("bad")])

def check_two(see):
    findings = []
    findings.append(Finding(see("bad")))
    return findings

def check_three(see):
    yield Finding(see("bad"))

def check_four(see) -> Told | None:
    return see("bad")
"""
TEXTS = {
    ".to_be_a_string()": "test_one",
    ".to_equal('good')": "test_one",
    "judge(see('bad'))": "test_one",
    "raise Nonconformity('good', 'bad')": "test_two",
    "(Finding(each) for each in [see('bad')])": "check_one",
    "findings.append(Finding(see('bad')))": "check_two",
    "yield Finding(see('bad'))": "check_three",
    "return see('bad')": "check_four",
}
TALKING = dict(list(TEXTS.items())[1:])
"""Those that the value does not meet."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "test_some.py"
    path.write_text(SOURCE)
    return path


def number_of(text: str, path: Path) -> int:
    return next(each.number for each in switched([path])[0] if each.text == text)


def result(name: str, path: Path, switches: Switches) -> tuple[object, list[str]]:
    """What a function of the source raised or returned, and what it looked at."""
    seen: list[str] = []

    def noted(word: str) -> str:
        seen.append(word)
        return word

    names: dict[str, Any] = {
        SWITCHES: switches, "expect_that": expect_that, "Nonconformity": Nonconformity, "Finding": str, "Told": str,
    }  # fmt: skip
    exec(switched([path])[1][path], names)  # noqa: S102 - the source above
    try:
        returned = names[name](noted)
        found: object = returned if isinstance(returned, str) else list(returned or ())
    except Nonconformity as deviation:
        found = deviation
    return found, seen


def test_each_is_found_where_it_stands(path: Path) -> None:
    found, _ = switched([path])

    assert sorted(each.text for each in found) == sorted(TEXTS)
    assert [each.line for each in found if each.text == "judge(see('bad'))"] == [6]


@pytest.mark.parametrize("text", TALKING)
def test_in_place_it_speaks_and_is_noted(path: Path, text: str) -> None:
    switches, number = Switches(), number_of(text, path)
    found, seen = result(TALKING[text], path, switches)

    assert found
    assert seen == ["bad"]
    assert number in getattr(found, "expectations", switches.spoken)


@pytest.mark.parametrize("text", TALKING)
def test_removed_it_says_nothing_and_looks_all_the_same(path: Path, text: str) -> None:
    found, seen = result(TALKING[text], path, Switches(removed=number_of(text, path)))

    assert not found
    assert seen == ["bad"]


def test_without_one_link_the_sentence_goes_on(path: Path) -> None:
    found, _ = result("test_one", path, Switches(removed=number_of(".to_be_a_string()", path)))

    assert isinstance(found, Nonconformity)
