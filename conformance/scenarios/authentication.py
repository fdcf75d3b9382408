"""Wrong credentials on every operation."""

import pytest

from conformance.checks.contact import ABSENT
from conformance.client import Api
from conformance.contract import load
from conformance.world.credentials import Prober
from conformance.world.life import Life, generation_id
from conformance.world.meeting import UNKNOWN_ID, FirstContact


@pytest.fixture(scope="session")
def prober(anonymous: Api, primary: Api, submitted: Life, first_contact: FirstContact) -> Prober:
    """Wrong credentials, tried on a generation that the primary key could poll."""
    known = generation_id(submitted.accepted) or UNKNOWN_ID
    seen = {**first_contact.by_operation, "generate": submitted.accepted}
    absent = frozenset(
        name for name, exchange in seen.items() if exchange.status in ABSENT and not load().keyed[name].takes_id
    )
    return Prober(anonymous, primary.key, known, absent)
