"""What the examples of the contract are sent with, and the way that its links lead."""

from collections.abc import Iterator

import pytest

from conformance.client import Api
from conformance.contract import Link, follow, load
from conformance.errors import Inconclusive
from conformance.evidence import Exchange
from conformance.world.life import watch
from conformance.world.pictures import png
from conformance.world.storage import slot
from conformance.world.submissions import Submissions
from conformance.world.world import World, prerequisite

__all__ = ["edit_followed", "example_submissions", "poll_followed"]


@pytest.fixture(scope="module")
def example_submissions(world: World, uploader: Api) -> Iterator[Submissions]:
    """On the account `other` where there is one. Nothing is left at work for the next file."""
    submissions = Submissions(world, uploader)
    yield submissions
    submissions.close()


@pytest.fixture(scope="session")
def edit_followed(world: World, uploader: Api) -> Exchange:
    """upload → generate: the edit as the link of the upload's response says, once the bytes are there."""
    place = slot(world, uploader, png(120))
    put = place.put(probe="the bytes of the upload")
    prerequisite(200 <= put.status < 300, put, "a 2xx status", "UP-27")
    edit = _led(place.call, "edit", "UP-26")
    world.quota.take_work(uploader.account)
    try:
        answer = uploader.post(edit.operation, edit.body, probe="the edit that an upload links to")
        watch(world, uploader, answer, edit.body)
    finally:
        world.quota.give_work_back(uploader.account)
    return answer


@pytest.fixture(scope="session")
def poll_followed(uploader: Api, edit_followed: Exchange) -> Exchange:
    """generate → generation: the poll as the link of the edit's response says."""
    prerequisite(edit_followed.status == 202, edit_followed, "status 202", "GEN-2")
    poll = _led(edit_followed, "poll", "GEN-41")
    return uploader.generation(poll.parameters["id"], probe="the poll that an edit links to")


def _led(exchange: Exchange, name: str, root: str) -> Link:
    """The link of a response. Raises Inconclusive (`root`) when the response lacks what the link takes."""
    try:
        return follow(load().operations[exchange.operation], exchange.status, name, exchange.json)
    except LookupError as error:
        raise Inconclusive(f"depends on the link {name!r} of {exchange.told}: {error}", root=root) from None
