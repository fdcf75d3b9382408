"""The fixtures every suite shares: the world, its accounts, and the first contact."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.client import Api, a_generation
from conformance.errors import NotTested, Unreachable
from conformance.evidence import Exchange
from conformance.world.build import build
from conformance.world.credentials import Prober
from conformance.world.life import Life, generation_id
from conformance.world.overlap import fixtures_under_way
from conformance.world.world import ABSENT, World

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
Observe = Callable[[str, str], None]


@dataclass(frozen=True)
class FirstContact:
    """One call of each operation, sent before anything else."""

    generate: Exchange
    """Without a credential, so that it costs nothing."""
    upload: Exchange
    unknown: Exchange
    """A poll of an id that was never given out."""


@pytest.fixture(scope="session")
def raw_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The world before it is known whether anything answers."""
    with build(request.config) as world:
        yield world


@pytest.fixture(scope="session")
def first_contact(raw_world: World) -> FirstContact:
    """Judged by many tests; also tells whether there is an API to test at all."""
    primary = raw_world.account("primary")
    options: dict[str, Any] = {"asked_for_429": True, "unreachable_is_fine": True}
    generate = raw_world.anonymous().generate(probe="first contact, no credential", **options)
    if generate.response is None:
        raise Unreachable(
            f"{raw_world.base_url} cannot be reached: {generate.failure}", "check base_url and that the target is up"
        )
    upload = primary.upload(probe="first contact", **options)
    return FirstContact(generate, upload, primary.generation(UNKNOWN_ID, probe="an unknown id", **options))


@pytest.fixture(scope="session")
def world(raw_world: World, first_contact: FirstContact) -> World:
    """The world, once it is known that the target answers like this API and knows the primary key."""
    raw_world.check_reached(first_contact.upload, first_contact.unknown, first_contact.generate)
    return raw_world


@pytest.fixture(scope="session")
def primary(world: World) -> Api:
    return world.account("primary")


@pytest.fixture(scope="session")
def submitted(world: World, primary: Api) -> Life:
    """The cheapest generation there is (low, one image, everything else omitted), watched until it was over."""
    return world.generate(primary, a_generation(), probe="the cheapest generation")


@pytest.fixture(scope="session")
def prober(anonymous: Api, primary: Api, submitted: Life, first_contact: FirstContact) -> Prober:
    """Wrong credentials, tried on a generation that the primary key could poll."""
    known = generation_id(submitted.accepted) or UNKNOWN_ID
    seen = {"generate": submitted.accepted, "upload": first_contact.upload}
    absent = frozenset(operation for operation, exchange in seen.items() if exchange.status in ABSENT)
    return Prober(anonymous, primary.key, known, absent)


@pytest.fixture(scope="session")
def anonymous(world: World) -> Api:
    return world.anonymous()


@pytest.fixture(scope="session")
def other(world: World) -> Api:
    return world.account("other")


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
