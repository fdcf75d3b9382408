"""The documents: each is found from the README, what they link to exists, and their tables are whole."""

import argparse
import re
from pathlib import Path

import pytest

from conformance import plugin
from tests.cli.test_readme import DOCUMENTS, README

ROOT = Path(__file__).parents[1]
LONGEST = 160
"""Lines of the README: what a new user reads at a sitting."""
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def missing(name: str, text: str) -> list[str]:
    """Relative links of a document that lead nowhere."""
    base = (ROOT / name).parent
    return [link for link in LINK.findall(text) if "://" not in link and not (base / link).exists()]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    assert missing(name, DOCUMENTS[name]) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    assert missing("README.md", "[a](tox.ini) [b](https://h/x) [c](absent.md#d)") == ["absent.md"]


def test_the_readme_is_short_and_leads_to_each_document() -> None:
    assert len(README.splitlines()) <= LONGEST
    assert set(DOCUMENTS) - {"README.md"} <= set(LINK.findall(README))


class _Options:
    """Stands in for pytest's parser, and keeps the rows of the table that it is told."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def getgroup(self, *_: str) -> "_Options":
        return self

    def addoption(self, name: str, *, help: str, **_: object) -> None:  # noqa: A002 - pytest's name
        if help != argparse.SUPPRESS:
            self.rows.append(f"| `{name}` | {help} |")


def test_every_option_of_the_plugin_is_in_its_table() -> None:
    options = _Options()
    plugin.pytest_addoption(options)  # type: ignore[arg-type]  # as much of a parser as it needs
    page = DOCUMENTS["conformance/session/README.md"]

    assert re.findall(r"(?m)^\| `--gimg-.*$", page) == options.rows
