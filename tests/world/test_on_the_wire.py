"""What a case looks like once it is sent: the text on the wire is judged again, not the value it was made from."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from conformance.cases.examples import examples
from conformance.cases.fields import Case, cases
from conformance.client import Api, Journal, Quota, Recorder
from conformance.client.sender import Sender
from conformance.contract import load
from conformance.evidence import Vault
from conformance.evidence.jsontext import read_json

SEEDS = (0, 1)
both_operations = pytest.mark.parametrize("operation", ["generate", "upload"])


class Wire:
    """Sends cases as the tests do, to a server that accepts all."""

    def __init__(self, journal: Journal) -> None:
        self.sent = list[bytes]()
        self.recorder = Recorder(journal, Vault("salt"), transport=httpx.MockTransport(self._accept))
        self.api = Api(Sender(self.recorder), "http://target.example", "primary", "gimg_key", Quota())

    def _accept(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.content)
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    def text(self, case: Case) -> bytes:
        """What the server received, which is what the evidence holds."""
        exchange = self.api.call(case.operation, body=case.body, probe=case.name)
        assert exchange.request.body == self.sent[-1]
        return self.sent[-1]


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with closing(Journal(tmp_path / "main.jsonl")) as journal:
        found = Wire(journal)
        with closing(found.recorder):
            yield found


def violations(case: Case, text: bytes) -> int:
    """In how many respects the text is invalid. Raises ValueError when it is no JSON."""
    return len(load().judge_request(case.operation, read_json(text)).violations)


def every(operation: str, *, valid: bool) -> list[Case]:
    drawn = [case for seed in SEEDS for case in examples(operation, valid=valid, seed=seed)]
    return [*cases(operation, valid=valid), *drawn]


@both_operations
def test_a_negative_case_is_invalid_in_one_respect_as_it_is_sent(wire: Wire, operation: str) -> None:
    harmless = [case.name for case in every(operation, valid=False) if violations(case, wire.text(case)) != 1]

    assert harmless == []
    assert len(wire.sent) > 10


@both_operations
def test_a_valid_case_is_valid_as_it_is_sent(wire: Wire, operation: str) -> None:
    wrong = [case.name for case in every(operation, valid=True) if violations(case, wire.text(case))]

    assert wrong == []
    assert len(wire.sent) > 10


def test_a_case_that_only_its_maker_takes_for_invalid_is_found(wire: Wire) -> None:
    integral = Case("generate", "n", 2.0, {"prompt": "A lighthouse", "n": 2.0}, valid=False, requirement="GEN-24")

    assert violations(integral, wire.text(integral)) == 0
