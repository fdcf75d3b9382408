"""The coverage phase's values are kept, and never those of another contract."""

import json

import pytest

from conformance.cases import boundaries, generated
from conformance.cases.kept import digest
from conformance.contract import Contract, documented, load


@pytest.mark.parametrize("operation", generated.posts())
def test_what_is_kept_is_what_schemathesis_makes(operation: str) -> None:
    """Else: `python -m conformance.cases`."""
    assert json.loads(boundaries.KEPT.read_text(encoding="utf-8"))["of"] == digest()
    assert boundaries.boundaries(operation) == boundaries.made(operation)


def test_it_is_written_as_it_is_kept() -> None:
    assert boundaries.written() == boundaries.KEPT.read_text(encoding="utf-8")


def test_of_another_contract_nothing_is_taken_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    most = documented().images
    source = json.dumps(load().document).replace(f'"maximum": {most},', f'"maximum": {most + 2},').encode()
    monkeypatch.setattr(generated, "load", lambda: Contract(source))
    for cached in (boundaries.boundaries, generated.bodies, generated._schema):
        cached.cache_clear()

    found = boundaries.boundaries("generate")
    for cached in (boundaries.boundaries, generated.bodies, generated._schema):
        cached.cache_clear()

    assert ("n", most + 2) in found
    assert ("n", most + 3) in found


def test_words_change_nothing() -> None:
    contract = load().document["components"]["schemas"]["GenerateRequest"]["properties"]["prompt"]
    assert generated._bare(contract) == {"type": "string", "minLength": 1, "maxLength": documented().prompt_characters}
