"""The coverage phase's values are kept, and never those of another contract."""

import json

import pytest

from conformance.contract import Contract, load
from conformance.world import coverage


@pytest.mark.parametrize("operation", coverage.PATHS)
def test_what_is_kept_is_what_schemathesis_makes(operation: str) -> None:
    """Else: `python -m conformance.world.coverage`."""
    assert json.loads(coverage.KEPT.read_text(encoding="utf-8"))["of"] == coverage.digest()
    assert coverage.boundaries(operation) == coverage.made(operation)


def test_it_is_written_as_it_is_kept() -> None:
    assert coverage.written() == coverage.KEPT.read_text(encoding="utf-8")


def test_of_another_contract_nothing_is_taken_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = json.dumps(load().document).replace('"maximum": 4,', '"maximum": 6,').encode()
    monkeypatch.setattr(coverage, "load", lambda: Contract(source))
    coverage.boundaries.cache_clear()

    found = coverage.boundaries("generate")
    coverage.boundaries.cache_clear()

    assert ("n", 6) in found
    assert ("n", 7) in found


def test_words_change_nothing() -> None:
    contract = load().document["components"]["schemas"]["GenerateRequest"]["properties"]["prompt"]
    assert coverage._bare(contract) == {"type": "string", "minLength": 1, "maxLength": 4000}
