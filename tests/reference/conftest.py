import ssl
from collections.abc import Iterator

import httpx
import pytest

from conformance.reference import Running, SteppedClock, start
from tests.reference.caller import Caller, Meet
from tests.reference.receiver import Receiver


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@pytest.fixture
def meet(tls: ssl.SSLContext) -> Iterator[Meet]:
    """Customers of any server."""
    clients: list[httpx.Client] = []

    def meet(server: Running, name: str = "primary") -> Caller:
        clients.append(httpx.Client(base_url=server.base_url, verify=tls, timeout=5))
        return Caller(server, clients[-1], name)

    yield meet
    for client in clients:
        client.close()


@pytest.fixture
def server() -> Iterator[Running]:
    # A long grace: however busy the computer is, no advance of a test outruns a delivery.
    with start(clock=SteppedClock(grace=30)) as running:
        yield running


@pytest.fixture
def primary(server: Running, meet: Meet) -> Caller:
    return meet(server, "primary")


@pytest.fixture
def other(server: Running, meet: Meet) -> Caller:
    return meet(server, "other")


@pytest.fixture
def receiver(server: Running) -> Iterator[Receiver]:
    receiver = Receiver(server.clock.now)
    yield receiver
    receiver.close()


@pytest.fixture
def second(server: Running) -> Iterator[Receiver]:
    receiver = Receiver(server.clock.now)
    yield receiver
    receiver.close()
