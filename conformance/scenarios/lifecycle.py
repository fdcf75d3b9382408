"""Generations of every kind and fate, looked at again once they are over; ids that nobody has; other people's ids."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field

import pytest

from conformance.cases.bodies import a_generation
from conformance.checks.lifecycle import TERMINAL
from conformance.client import Api
from conformance.contract import load
from conformance.errors import NotApplicable, SuiteError
from conformance.evidence import Exchange
from conformance.scenarios.isolation import CrossAccountPolls
from conformance.scenarios.outputs import DEAREST, EDIT, Gallery, an_hour_later
from conformance.world.first_contact import FirstContact
from conformance.world.generations import generate_together
from conformance.world.life import Life
from conformance.world.once_table import OnceTable
from conformance.world.world import World

GENERATIONS = ("cheapest", "dearest", "edit", "blocked", "failed")
LOOKED_AT_AGAIN = 10.0
"""Seconds after the end at which an ended generation is looked at again (R37)."""


@dataclass
class Lives:
    """One life of each kind, provoked when first asked for."""

    provoke: dict[str, Callable[[], Life]]
    lived: OnceTable[str, Life | SuiteError] = field(default_factory=lambda: OnceTable("lives"))

    def of(self, kind: str) -> Life:
        """Raises what kept it from being provoked: NotTested without a prompt that ends so."""
        found = self.lived.once(kind, kind, lambda: self._provoked(kind))
        if isinstance(found, SuiteError):
            raise found
        return found

    def _provoked(self, kind: str) -> Life | SuiteError:
        try:
            return self.provoke[kind]()
        except SuiteError as error:
            return error

    @property
    def ended(self) -> dict[str, Life]:
        """Those that were provoked and seen to end."""
        return {kind: life for kind, life in self.lived.items() if isinstance(life, Life) and life.over}


@pytest.fixture(scope="session")
def lives(world: World, primary: Api, submitted: Life, gallery: Gallery) -> Lives:
    """A generation of each kind, provoked when it is first asked for."""

    def fated(fate: str) -> Life:
        body = a_generation(prompt=world.prompt(fate))
        return generate_together(world, primary, [body], look_between=True)[0]

    return Lives(
        {
            "cheapest": lambda: submitted,
            "dearest": lambda: gallery.life(DEAREST),
            "edit": lambda: gallery.life(EDIT),
            "blocked": lambda: fated("blocked"),
            "failed": lambda: fated("failed"),
        }
    )


@pytest.fixture(scope="session")
def polled_later(world: World, lives: Lives, cross_account_polls: CrossAccountPolls) -> Iterator[dict[str, Exchange]]:
    """Every kind that ended, polled again by its owner 10 s later, others having asked for it in between.

    At the end of the run each is polled twice at the same time, and the passive checks judge what has changed.
    """
    for kind in GENERATIONS:
        with contextlib.suppress(SuiteError):
            lives.of(kind)
    cross_account_polls.ask(lives.ended)
    world.clock.sleep(LOOKED_AT_AGAIN)
    for life in lives.ended.values():
        _ask_what_is_new(life)
    yield {
        kind: life.api.generation(life.id, probe=f"{LOOKED_AT_AGAIN:g} s after it was over")
        for kind, life in lives.ended.items()
    }
    with contextlib.suppress(SuiteError):
        an_hour_later(world)
        for life in lives.ended.values():
            _twice_at_once(life)


def _ask_what_is_new(life: Life) -> None:
    """Where its first poll bore an ETag: what has changed since then, as a cache asks. Its end has."""
    first = life.polls[0]
    if (tag := first.header("etag")) and first.member("status") not in TERMINAL:
        life.api.generation(
            life.id, headers={"If-None-Match": tag}, probe="If-None-Match with the ETag of its first poll"
        )


def _twice_at_once(life: Life) -> None:
    def poll() -> Exchange:
        return life.api.generation(life.id, probe="two polls at once, at the end of the run")

    with ThreadPoolExecutor(2) as pool:
        for asked in [pool.submit(copy_context().run, poll) for _ in range(2)]:
            asked.result()


NEVER_GIVEN_OUT = {
    "long": "a" * 3000,
    "a path": "../generations",
    "SQL": "' OR '1'='1",
    "not ASCII": "生成-٣-🏮",
    "a wildcard": "%",
    "any character": "_" * 36,
    "null": "null",
    "zero": "0",
    "a line break": "a\r\nX-Injected: b",
    "a null character": "a\0",
}
"""Ids that no target gives out."""


@dataclass
class UnknownIds:
    """What ids are answered that belong to no generation; each is asked for once."""

    api: Api
    known: Life
    first_contact: FirstContact
    asked: OnceTable[str, Exchange] = field(default_factory=lambda: OnceTable("unknown_ids"))

    def answer(self, shape: str) -> Exchange:
        """Of an id of this shape, or made from a known one. Raises Inconclusive when none is known."""

        def ask() -> Exchange:
            found = NEVER_GIVEN_OUT.get(shape) or self._from_known(shape)
            return self.api.generation(found, probe=f"an unknown id: {shape}")

        return self.asked.once(shape, shape, ask)

    def _from_known(self, shape: str) -> str:
        known = self.known.id
        if len(known) < SPARSE:
            raise NotApplicable(f"ids such as {known!r} are so short that a neighbour of one may exist")
        return {"cut off": known[:-1], "extended": f"{known}0", "its beginning": known[: len(known) // 2] + "%"}[shape]

    def without_id(self) -> Exchange:
        """The path without an id."""
        return self.api.request("GET", load().operations["generation"].url(), probe="no id at all", tags=("api",))

    def again(self) -> Exchange:
        """The unknown id of the first contact once more."""
        wanted = self.first_contact.unknown.request.url.rpartition("/")[2]
        return self.api.generation(wanted, probe="an unknown id, again")


SPARSE = 16


@pytest.fixture(scope="session")
def unknown_ids(primary: Api, submitted: Life, first_contact: FirstContact) -> UnknownIds:
    return UnknownIds(primary, submitted, first_contact)
