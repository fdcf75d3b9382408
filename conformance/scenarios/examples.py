"""What the examples of the contract are sent with."""

from collections.abc import Iterator

import pytest

from conformance.client import Api
from conformance.world.submissions import Submissions
from conformance.world.world import World


@pytest.fixture(scope="module")
def example_submissions(world: World, customer: Api) -> Iterator[Submissions]:
    """On the account `other` where there is one. Nothing is left at work for the next file."""
    submissions = Submissions(world, customer, "examples")
    yield submissions
    submissions.close()
