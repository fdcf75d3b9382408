"""What the tests of generate's and upload's bodies share: submissions, uploads, and input images."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.cases.bodies import name_of
from conformance.cases.budget import left_to_certify, place_of
from conformance.cases.fields import LATER, Case
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.plan.cost import NO_ROOM
from conformance.plan.marks import runs_in
from conformance.target import TargetFile
from conformance.world.once_table import OnceTable
from conformance.world.slots import Slot, input_image
from conformance.world.submissions import Submissions
from conformance.world.world import World

InputImages = Callable[[int], list[Slot]]
SERVER_ERROR = 500


def least_for(case: Case, target: TargetFile) -> pytest.MarkDecorator:
    """The least profile that a case runs in, with the accounts that there are."""
    other, cookie = target.accounts.other is not None, bool(target.accounts.primary.cookie)
    if place_of(case) in left_to_certify(other=other, cookie=cookie):
        return runs_in("certify", NO_ROOM)
    return runs_in("certify" if case.priority == LATER else "gate")


def twice_if_it_breaks(
    send: Callable[..., Exchange], again: Callable[..., Exchange], content: bytes, probe: str
) -> None:
    """Send a body, and where that draws a 5xx, send it again: once may be the infrastructure's doing."""
    if send(content, probe=probe).status >= SERVER_ERROR:
        again(content, probe=probe)


@pytest.fixture(scope="session")
def submissions(world: World, primary: Api) -> Submissions:
    """Each body of generate at most once, on the primary account."""
    return Submissions(world, primary)


@pytest.fixture(scope="module")
def submissions_end(submissions: Submissions) -> Iterator[None]:
    """Nothing is left at work for the next file."""
    yield
    submissions.close()


@pytest.fixture(scope="module")
def customers_submissions(world: World, customer: Api) -> Iterator[Submissions]:
    """The same of a customer: what every account is refused alike."""
    sent = Submissions(world, customer, "customers_submissions")
    yield sent
    sent.close()


@dataclass
class Uploads:
    """Sends each body of upload at most once."""

    api: Api
    sent: OnceTable[str, Exchange] = field(default_factory=lambda: OnceTable("uploads"))

    def send(self, body: Any, *, probe: str = "") -> Exchange:
        """The exchange of this body: a JSON value, or the bytes themselves."""
        place = str(body) if isinstance(body, bytes) else json.dumps(body)
        return self.sent.once(place, name_of(body), lambda: self.api.upload(body, probe=probe))


@pytest.fixture(scope="session")
def uploads(world: World, primary: Api) -> Uploads:
    """On the account `other` where there is one: uploads are alike for all, and primary's quota is scarce."""
    return Uploads(world.account("other") if world.target.accounts.other else primary)


@pytest.fixture(scope="session")
def input_images(world: World, primary: Api) -> InputImages:
    """Different input images of the primary account, four at most, uploaded when first asked for."""
    made: OnceTable[int, Slot] = OnceTable("input_images")

    def one(number: int) -> Slot:
        return made.once(number, str(number), lambda: input_image(world, primary, shade=(number - 1) * 50))

    def so_many(count: int) -> list[Slot]:
        return [one(number) for number in range(1, count + 1)]

    return so_many


@pytest.fixture(scope="session")
def others_input_image(world: World, other: Api) -> Slot:
    """An input image of another customer."""
    return input_image(world, other, shade=200)
