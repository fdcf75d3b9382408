"""The evidence of a run judged once more: what was meant to be invalid was, and whose key each request carried."""

import re

import pytest

from conformance.client.journal import EXCHANGES, files_of, read
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.suite import test_examples, test_validation
from conformance.target import ACCOUNTS
from tests.session.conftest import Begin

SECTIONS = ("validation", "examples", "authentication")
OF_BODIES = {name for module in (test_validation, test_examples) for name in vars(module) if name.startswith("test_")}
OWNERS = ("submissions/", "examples/", "uploads/")
BEARER = re.compile(rf"(?i:bearer) gimg_REDACTED-({'|'.join(ACCOUNTS)})")
OTHERS_KEYS = {"an invented input image key", "another account's input image key"}
"""Wrong in what the contract cannot know: who was given the key."""


@pytest.fixture(scope="module")
def checks(begin: Begin) -> dict[str, list[Exchange]]:
    """The exchanges of each test, by its id."""
    run = begin("--gimg-profile=certify", sections=SECTIONS)
    _, _, report = run.ended()
    numbered = {exchange.number: exchange for exchange in read(files_of(run.folder / "evidence", EXCHANGES))}
    tests = [check for check in report["checks"] if not check["id"].startswith("passive::")]
    return {check["id"]: [numbered[number] for number in check["exchanges"]] for check in tests}


@pytest.fixture(scope="module")
def evidence(checks: dict[str, list[Exchange]]) -> list[Exchange]:
    return list({sent.number: sent for exchanges in checks.values() for sent in exchanges}.values())


def deciding(checks: dict[str, list[Exchange]], name: str) -> list[Exchange]:
    """What the tests of bodies whose name holds this word sent last: before it they upload pictures."""
    chosen = [sent for test, sent in checks.items() if name in test and re.split(r"::|\[", test)[1] in OF_BODIES]
    bodies = ([e for e in sent if e.scenario.startswith(OWNERS) and e.operation != "generation"] for sent in chosen)
    return [sent[-1] for sent in bodies if sent]


def violations(sent: Exchange) -> int:
    return len(load().judge_request(sent.operation, sent.request.json).violations)


def test_what_has_to_be_refused_was_invalid(checks: dict[str, list[Exchange]]) -> None:
    refused = [sent for sent in deciding(checks, "_refused") if sent.probe not in OTHERS_KEYS]

    assert len(refused) > 80
    assert [sent.probe for sent in refused if not violations(sent)] == []


def test_what_has_to_be_served_was_valid(checks: dict[str, list[Exchange]]) -> None:
    served = deciding(checks, "_served")

    assert len(served) > 20
    assert [sent.probe for sent in served if violations(sent)] == []


def carried(exchange: Exchange) -> str:
    """The account whose whole key the request bore."""
    found = BEARER.fullmatch(exchange.request.header("authorization") or "")
    return found[1] if found else ""


def test_an_account_is_named_just_where_its_key_was_sent(evidence: list[Exchange]) -> None:
    calls = [exchange for exchange in evidence if exchange.operation]

    assert {exchange.account for exchange in calls} == {"", "primary", "other", "broke"}
    assert [(call.account, call.probe) for call in calls if call.account != carried(call)] == []
    assert [call.probe for call in calls if call.status == 401 and call.account] == []
