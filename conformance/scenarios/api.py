"""The first contact with the target, which every run begins with."""

import pytest

from conformance.plan.settings import SETTINGS
from conformance.world.first_contact import FirstContact, make_contact
from conformance.world.world import World


@pytest.fixture(scope="session")
def first_contact(raw_world: World, request: pytest.FixtureRequest) -> FirstContact:
    """Three calls, once it is known that this API answers them and lets the primary key in."""
    settings = request.config.stash[SETTINGS]
    sent = sum(exchange.account == "primary" for exchange in raw_world.past.sent.values())
    remaining = raw_world.sender.remaining
    sent += remaining.sent("primary") if remaining else 0
    needed = max(settings.primary_requests - sent, 0)
    return make_contact(
        raw_world, needed=needed, wait=settings.wait, wait_for_target=settings.wait_for_target
    )  # fmt: skip
