"""The proof of power: every entry of the catalogue meets the suite, and comes out as it promises."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import faults
from conformance.cli.campaign import Fate
from conformance.faults.catalogue import FAULTS, VARIATIONS, Fault, Variation, load
from conformance.reference.rules import Rules
from conformance.requirements import load as load_registry

load()
PACKAGE = Path(faults.__file__).parent
ENTRIES: list[Fault | Variation] = [*FAULTS.values(), *VARIATIONS.values()]


def one_for_each_requirement() -> list[str]:
    """Few faults that together name each requirement. `gimg-conformance faults run` runs them all."""
    left, chosen = {name for fault in FAULTS.values() for name in fault.breaks}, list[str]()
    while left:
        fault = max(FAULTS.values(), key=lambda fault: len(left.intersection(fault.breaks)))
        left.difference_update(fault.breaks)
        chosen.append(fault.name)
    return chosen


CHOSEN = one_for_each_requirement()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The campaign over these and all variations, run once, shared out over the cores, in a process of its own.

    Each meets its own section here; `gimg-conformance faults run` has every variation meet all of them.
    """
    folder = tmp_path_factory.mktemp("campaign")
    command = [sys.executable, "-m", "conformance.cli", "faults", "run", *CHOSEN, *VARIATIONS]
    subprocess.run([*command, "--tests", "section", "--report-dir", str(folder)], capture_output=True, check=False)
    told = json.loads((folder / "faults.json").read_text(encoding="utf-8"))
    return {result["name"]: result for result in told}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_fault_is_killed_by_what_it_breaks_and_by_nothing_else(results: dict[str, dict[str, Any]], name: str) -> None:
    assert results[name]["fate"] == Fate.KILLED, results[name]


@pytest.mark.parametrize("name", VARIATIONS)
def test_a_permitted_variation_is_conformant(results: dict[str, dict[str, Any]], name: str) -> None:
    assert results[name]["fate"] == Fate.CONFORMANT, results[name]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_says_what_it_does_and_names_what_exists(entry: Fault | Variation) -> None:
    named = entry.breaks if isinstance(entry, Fault) else ()
    assert entry.text
    assert all(requirement in load_registry() for requirement in named)
    assert entry.rulings if isinstance(entry, Variation) else entry.breaks


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_a_fault_names_the_mistake_and_after_a_colon_who_notices(fault: Fault) -> None:
    mistake, _, consequence = " ".join(fault.text.split()).partition(": ")

    assert 20 <= len(mistake) <= 100
    assert 20 <= len(consequence) <= 100
    assert consequence.endswith(".")


def test_no_two_entries_are_described_alike() -> None:
    assert [text for text, times in Counter(entry.text for entry in ENTRIES).items() if times > 1] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_numbers_of_the_documentation_are_read_from_the_rules(path: Path) -> None:
    """Those that stand for nothing else: a 4, a 200 or a power of ten may be anything."""
    rules = Rules()
    documented = {rules.limit, rules.window_seconds, rules.prompt_max, rules.upload_bytes_max, rules.presign_seconds}
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, int | float)}

    assert {number for number in found & documented if not re.fullmatch("10*", str(number))} == set()


def test_every_must_has_a_fault() -> None:
    broken = {name for fault in FAULTS.values() for name in fault.breaks}
    assert [row.id for row in load_registry() if row.level == "MUST" and row.id not in broken] == []
