from collections.abc import Iterator

import pytest

from conformance.receiver import Receiver
from tests.receiver.raw_sender import Steps


@pytest.fixture
def clock() -> Steps:
    return Steps()


@pytest.fixture
def receiver(clock: Steps) -> Iterator[Receiver]:
    """On a stepped clock."""
    with Receiver(now=clock, sleep=None) as receiver:
        yield receiver
        receiver.drain()
