"""How requests come from a public address to the receiver: what a relay, a tunnel and a fixed URL have in common."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from anyio.from_thread import BlockingPortal

from conformance.errors import ConfigurationError


class OwnPort(Protocol):
    """A port of one endpoint, closed at first. `url` is its address, as the target reaches it."""

    url: str

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def dispose(self) -> None: ...


class Way(Protocol):
    """`settles`: real seconds until it leads here, at most, once its URL is known."""

    settles: float

    @property
    def outage(self) -> str:
        """Why requests come no more, in words; empty as long as they do. It may be asked in any thread."""

    def reach(self, portal: BlockingPortal, authority: str) -> AbstractContextManager[str]:
        """The public URL, without a slash at its end, of the receiver at this host and port, while it is entered.

        Raises Inconclusive, with a remedy, where it does not come about.
        """

    async def port(self) -> OwnPort:
        """A port for an endpoint. Raises ConfigurationError where there can be none."""


class FixedWay:
    """A URL that is known, and leads here by itself."""

    outage, settles = "", 0.0

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @contextmanager
    def reach(self, portal: BlockingPortal, authority: str) -> Iterator[str]:  # noqa: ARG002 - it is known
        yield self._url

    async def port(self) -> OwnPort:
        hint = 'add ports = "9500-9509" to [webhooks]: ports of this machine that the target reaches by the same name'
        raise no_ports(hint)


def no_ports(hint: str) -> ConfigurationError:
    """Nothing there can refuse connections."""
    return ConfigurationError("an endpoint with its own port cannot be reached: it has none that is public", hint)
