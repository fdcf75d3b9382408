"""The cheapest generation, what each quality costs, a call that is wrong, and a prompt that is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from conformance.cases.bodies import OMIT, TOO_MANY, a_generation
from conformance.client import Api
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world.generations import generate
from conformance.world.life import Life
from conformance.world.submissions import Submissions
from conformance.world.world import World


@dataclass(frozen=True)
class Prices:
    """A record of one image of each quality; under "default" the one of a call that names no quality."""

    records: Mapping[str, Exchange | None]

    def of(self, quality: str) -> tuple[float, Exchange]:
        """costCredits, and the record that shows it. Raises Inconclusive (GEN-18, LIFE-1, LIFE-15) without one."""
        record = self.records[quality]
        if record is None:
            raise Inconclusive(f"depends on a generation of quality {quality}, which was not accepted", root="GEN-18")
        if record.status != 200:
            raise Inconclusive(f"depends on a record that was not found ({record.told})", root="LIFE-1")
        price = record.member("costCredits")
        if not isinstance(price, int | float):
            raise Inconclusive(f"depends on a price; costCredits is not a number ({record.told})", root="LIFE-15")
        return price, record


@pytest.fixture(scope="session")
def submitted(world: World, primary: Api) -> Life:
    """The cheapest generation there is (low, one image, everything else omitted), watched until it was over."""
    return generate(world, primary, a_generation(), probe="the cheapest generation")


@pytest.fixture(scope="session")
def prices(submissions: Submissions) -> Prices:
    """One image of each quality, and one without a quality."""
    asked = {"medium": "medium", "high": "high", "default": OMIT}
    bodies = {name: a_generation(quality=value) for name, value in asked.items()}
    for body in bodies.values():
        submissions.send(body)
    submissions.drain()
    return Prices({name: submissions.record(body) for name, body in bodies.items()})


@pytest.fixture(scope="session")
def refusal(primary: Api) -> Exchange:
    """A call that is wrong in one field: n."""
    return primary.generate(a_generation(n=TOO_MANY), probe=f"n {TOO_MANY}")


@pytest.fixture(scope="session")
def rejected(world: World, primary: Api) -> Exchange:
    """The prompt that the content policy refuses, in an otherwise valid call."""
    return primary.generate(a_generation(prompt=world.prompt("rejected")), probe="a prompt that the policy forbids")
