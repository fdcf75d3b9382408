import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from conformance.receiver import Receiver
from conformance.receiver.relay import Relay
from conformance.receiver.relayed import RelayWay
from tests.receiver.raw_sender import Steps

TOKEN = "a-token-of-the-tests"


def free_ports(count: int) -> list[int]:
    """As many that nobody has at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def clock() -> Steps:
    return Steps()


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    with Relay(TOKEN, ports=free_ports(8)) as relay:
        yield relay


@pytest.fixture(params=["here", "relayed"])
def receiver(request: pytest.FixtureRequest, clock: Steps) -> Iterator[Receiver]:
    """On a stepped clock; reached directly, and by way of a relay."""
    relayed = request.param == "relayed"
    way = RelayWay(request.getfixturevalue("relay").url, TOKEN) if relayed else None
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver(now=clock, sleep=None, way=way))
        yield receiver
        receiver.drain()
