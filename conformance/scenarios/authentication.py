"""Wrong credentials on every operation."""

import pytest

from conformance.checks.contact import ABSENT
from conformance.client import Api
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.world.credentials import Prober
from conformance.world.first_contact import UNKNOWN_ID, FirstContact
from conformance.world.life import Life, generation_id
from conformance.world.world import World


@pytest.fixture(scope="session")
def prober(anonymous: Api, primary: Api, submitted: Life, first_contact: FirstContact) -> Prober:
    """Wrong credentials, tried on a generation that the primary key could poll."""
    known = generation_id(submitted.accepted) or UNKNOWN_ID
    seen = {**first_contact.by_operation, "generate": submitted.accepted}
    absent = frozenset(
        name for name, exchange in seen.items() if exchange.status in ABSENT and not load().keyed[name].takes_id
    )
    return Prober(anonymous, primary.key, known, absent)


@pytest.fixture(scope="session")
def session_cookie(world: World) -> str:
    """The primary account's dashboard session."""
    return world.cookie("primary")


FORGED = {
    "forwarded for another address": {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"},
    "forwarded by a trusted proxy": {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "10.0.0.7"},
    "another client": {"User-Agent": "curl/8.5.0"},
    "another visitor": {"Cookie": "visitor=7; sid=conformance"},
}
"""What anybody can write into a request, and what does not tell one customer from another."""


@pytest.fixture(scope="session")
def forged(customer: Api) -> tuple[Exchange, ...]:
    """Calls under one key that seem to come from different clients, each between two plain ones."""
    headers = [pair for words, sent in FORGED.items() for pair in ((words, sent), ("no forged header", {}))]
    plain = customer.upload(probe="no forged header")
    return (plain, *(customer.call("upload", headers=sent, probe=words) for words, sent in headers))
