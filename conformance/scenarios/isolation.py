"""What one account is answered about the generations of another."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.contract import load
from conformance.errors import NotTested
from conformance.evidence import Exchange
from conformance.world.generations import generate_together
from conformance.world.life import Life, generation_id
from conformance.world.once_table import OnceTable
from conformance.world.world import World


@dataclass
class CrossAccountPolls:
    """What the account `other` is answered when it asks for generations of the primary account."""

    world: World
    answers: OnceTable[str, Exchange] = field(default_factory=lambda: OnceTable("cross_account_polls"))

    def ask(self, ended: dict[str, Life]) -> None:
        """Without an account to ask with, nothing is asked."""
        for kind, life in ended.items():
            with contextlib.suppress(NotTested):
                self.answer(kind, life)

    def answer(self, kind: str, life: Life) -> Exchange:
        """Raises NotTested without the account."""

        def ask() -> Exchange:
            return self.world.account("other").generation(life.id, probe=f"another account's generation, {kind}")

        return self.answers.once(kind, kind, ask)


@pytest.fixture(scope="session")
def cross_account_polls(world: World) -> CrossAccountPolls:
    return CrossAccountPolls(world)


WHEN = ("unpolled", "over", "again")
"""Before its owner ever polled it, after its end, and once more, after its owner was answered."""


def other_operations() -> list[str]:
    """The operations on a generation that is there, but for polls."""
    return [name for name, operation in load().keyed.items() if operation.takes_id and name != "generation"]


@dataclass(frozen=True)
class Victim:
    """A generation of the account `other`, and what the primary account is answered when it asks for it.

    The answers are by `WHEN` it polled, and by the other operation that it tried on it.
    """

    life: Life
    answers: Mapping[str, Exchange]


@pytest.fixture(scope="session")
def victim(world: World, other: Api, primary: Api) -> Victim:
    """Asked for while it is at work, and after it is over."""
    body = a_generation(prompt="A brass sextant on wet slate, ring light")
    asked: list[Exchange] = []

    def ask(calls: object) -> None:
        for call in calls if isinstance(calls, list) else []:
            found = generation_id(call)
            if call.status == 402:
                raise NotTested("needs credits of the account 'other'", "give it a few credits")
            if found:
                asked.append(primary.generation(found, probe="another account's generation, at work"))

    life = generate_together(world, other, [body], meanwhile=ask)[0]
    found = life.id
    over = primary.generation(found, probe="another account's generation, over")
    tried = {name: primary.call(name, found, probe=f"another account's generation, {name}")
             for name in other_operations()}  # fmt: skip
    other.generation(found, probe="after another account asked for it")
    again = primary.generation(found, probe="another account's generation, over, again")
    return Victim(life, dict(zip(WHEN, (asked[0], over, again), strict=True)) | tried)
