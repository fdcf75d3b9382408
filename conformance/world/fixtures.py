"""The fixtures every suite shares: the world, its accounts, the waits, and what a test observes."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from conformance.client import Api
from conformance.errors import NotTested
from conformance.world.assembly import build
from conformance.world.first_contact import FirstContact
from conformance.world.overlap import fixtures_under_way
from conformance.world.settling import settle
from conformance.world.world import World

Observe = Callable[[str, str], None]


@pytest.fixture(scope="session")
def raw_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The world before it is known whether anything answers."""
    with build(request.config) as world:
        yield world


@pytest.fixture(scope="session")
def world(raw_world: World, first_contact: FirstContact) -> World:  # noqa: ARG001 - it is what makes sure
    """The world, once it is known that the target answers like this API and knows the primary key."""
    if raw_world.past.sent:
        settle(raw_world)
    return raw_world


@pytest.fixture(scope="session")
def primary(world: World) -> Api:
    return world.account("primary")


@pytest.fixture(scope="session")
def anonymous(world: World) -> Api:
    return world.anonymous()


@pytest.fixture(scope="session")
def other(world: World) -> Api:
    return world.account("other")


@pytest.fixture(scope="session")
def customer(world: World, primary: Api) -> Api:
    """For what is alike for all customers: the account `other` where there is one, since primary's quota is scarce."""
    return world.account("other") if world.target.accounts.other else primary


@pytest.fixture(scope="session")
def burner(world: World) -> Api:
    return world.account("burner")


@pytest.fixture(scope="session")
def free(world: World) -> Api:
    return world.account("free")


@pytest.fixture(scope="session")
def broke(world: World) -> Api:
    return world.account("broke")


@pytest.fixture(scope="session")
def capped(world: World) -> Api:
    return world.account("capped")


@pytest.fixture(scope="session")
def metered(world: World) -> Api:
    if world.target.accounts.metered and world.target.accounts.metered.credits is None:
        raise NotTested("needs to know what [accounts.metered] holds", "add credits = 3 to [accounts.metered]")
    return world.account("metered")


@pytest.fixture(scope="session")
def waits_begun(request: pytest.FixtureRequest) -> None:
    """Begins every waiting scenario of the run, so that all wait at the same time."""
    for name in fixtures_under_way(request.session.items):
        with suppress(Exception, pytest.skip.Exception):  # raised again by the tests that ask for the scenario
            request.getfixturevalue(name)


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Observe:
    """Record what the target chose where the documentation leaves the choice (ruling, text)."""

    def note(ruling: str, text: str) -> None:
        request.node.user_properties.append(("gimg_observation", [ruling, text]))

    return note
