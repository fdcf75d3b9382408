"""What the tests of generate's and upload's bodies share: submissions, uploads, and input images."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.client import Api
from conformance.errors import NotTested
from conformance.evidence import Exchange
from conformance.plan.settings import SETTINGS
from conformance.world.own import Own
from conformance.world.pictures import Picture, picture
from conformance.world.submissions import Submissions
from conformance.world.world import World

Pictures = Callable[[int], list[Picture]]


@pytest.fixture(scope="session")
def submissions(world: World, primary: Api) -> Submissions:
    """Each body of generate at most once, on the primary account."""
    return Submissions(world, primary)


@pytest.fixture(scope="module")
def submissions_end(submissions: Submissions) -> Iterator[None]:
    """Nothing is left at work for the next file."""
    yield
    submissions.close()


@dataclass
class Uploads:
    """Sends each body of upload at most once."""

    api: Api
    sent: dict[str, Exchange] = field(default_factory=Own)

    def send(self, body: Any, *, probe: str = "") -> Exchange:
        """The exchange of this body: a JSON value, or the bytes themselves."""
        place = str(body) if isinstance(body, bytes) else json.dumps(body)
        if place not in self.sent:
            self.sent[place] = self.api.upload(body, probe=probe)
        return self.sent[place]


@pytest.fixture(scope="session")
def uploads(world: World, primary: Api, request: pytest.FixtureRequest) -> Uploads:
    """On the account `other` where there is one: uploads are alike for all, and primary's quota is scarce.

    Raises NotTested in the gate where primary alone has webhooks and uploads to pay for: it keeps to 100 requests.
    """
    if world.target.accounts.other:
        return Uploads(world.account("other"))
    if request.config.stash[SETTINGS].profile == "gate" and world.target.accounts.primary.cookie:
        raise NotTested(
            "would be more than the 100 requests of a gate on account 'primary'",
            'add [accounts.other] key = "…" to the target file, or run the certify profile',
        )
    return Uploads(primary)


@pytest.fixture(scope="session")
def pictures(world: World, primary: Api) -> Pictures:
    """Different input images of the primary account, four at most, uploaded when first asked for."""
    made: list[Picture] = []

    def so_many(count: int) -> list[Picture]:
        while len(made) < count:
            made.append(picture(world, primary, shade=len(made) * 50))
        return made[:count]

    return so_many


@pytest.fixture(scope="session")
def other_picture(world: World, other: Api) -> Picture:
    """An input image of another customer."""
    return picture(world, other, shade=200)
