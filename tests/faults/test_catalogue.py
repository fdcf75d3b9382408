"""The proof of power: every entry of the catalogue meets the suite, and comes out as it promises."""

import os

import pytest

from conformance.faults.campaign import Fate, Result, run
from conformance.faults.catalogue import FAULTS, VARIATIONS, Fault, Variation, load
from conformance.requirements import load as load_registry

load()
ENTRIES: list[Fault | Variation] = [*FAULTS.values(), *VARIATIONS.values()]


@pytest.fixture(scope="session")
def results() -> dict[str, Result]:
    """All of the campaign, run once, shared out over the cores."""
    return {result.name: result for result in run(ENTRIES, workers=os.cpu_count() or 1)}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_killed_by_what_it_breaks_and_by_nothing_else(results: dict[str, Result], name: str) -> None:
    assert results[name].fate is Fate.KILLED, results[name]


@pytest.mark.parametrize("name", VARIATIONS)
def test_a_permitted_variation_is_conformant(results: dict[str, Result], name: str) -> None:
    assert results[name].fate is Fate.CONFORMANT, results[name]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_says_what_it_does_and_names_what_exists(entry: Fault | Variation) -> None:
    named = entry.breaks if isinstance(entry, Fault) else ()
    assert entry.text
    assert all(requirement in load_registry() for requirement in named)
    assert entry.rulings if isinstance(entry, Variation) else entry.breaks
