"""The runner's side of a relay: it connects out, and hands what is carried to it to the receiver on this machine.

Every time is this machine's: an attempt has arrived when its first bytes have come here.
"""

import itertools
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import anyio
import h11
from anyio.abc import ByteStream, TaskGroup, TaskStatus
from anyio.from_thread import BlockingPortal

from conformance.errors import ConfigurationError, Inconclusive
from conformance.ports import unreached
from conformance.receiver.carried import Carried, carry, finish
from conformance.receiver.dialling import ProxyRefused, answer_to, dial, host_and_port
from conformance.receiver.frames import CONTROL, PROTOCOL, Frame, Kind, Link, Lost
from conformance.receiver.listening import parse_address
from conformance.receiver.stream import Connection
from conformance.receiver.way import OwnPort, no_ports

_PATIENCE = 10.0
"""Real seconds in which the relay must have let us in, or answered a question."""
_FLUSHED = 1.0
"""Real seconds for what is still under way at the end."""
_SERVE = "start it there with `gimg-conformance receiver serve`, and check [webhooks] relay"
_REMEDIES = {
    401: ("it refuses the token", "give [webhooks] relay_token the token that the relay was started with"),
    404: ("no relay is there", _SERVE),
    426: ("it is of another version", "install the same version of the suite there"),
    429: ("too many wrong tokens came from here", "correct [webhooks] relay_token, and wait for a minute"),
    503: ("it has too many runners", "wait until others are done, or start another relay"),
}


@dataclass
class RelayWay:
    """By way of the relay at this URL. `public_url` is how the target reaches it, where that differs.

    `context` trusts the certificates of relay and proxy; `proxy` is the URL of one that leads out. "": straight.
    """

    relay: str
    token: str = field(repr=False)
    public_url: str = ""
    context: ssl.SSLContext | None = None
    proxy: str = field(default="", repr=False)
    outage: str = field(default="", init=False)
    settles: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._link: Link | None = None
        self._ports = False
        self._numbers = itertools.count(1)
        self._carried: dict[int, Carried] = {}
        self._one_less: anyio.Event | None = None
        self._asked: dict[int, tuple[anyio.Event, list[Frame]]] = {}

    @contextmanager
    def reach(self, portal: BlockingPortal, authority: str) -> Iterator[str]:
        """The public URL of this runner alone. Raises Inconclusive."""
        running, name = portal.start_task(self._run, authority)
        try:
            yield f"{(self.public_url or self.relay).rstrip('/')}/{name}"
        finally:
            portal.call(self._carried_all)
            running.cancel()

    async def _carried_all(self) -> None:
        """The receiver has closed its connections: let the relay have what they still hold."""
        with anyio.move_on_after(_FLUSHED):
            while self._carried and self._link:
                self._one_less = anyio.Event()
                await self._one_less.wait()

    async def port(self) -> OwnPort:
        """One of the relay's. Raises ConfigurationError where it has none."""
        hint = "start the relay with --ports FIRST-LAST, which the target must reach"
        if not self._ports:
            raise no_ports(hint)
        told = await self.ask({"ask": "reserve"})
        if "port" not in told:
            raise ConfigurationError(str(told.get("error", "the relay gives no port")), hint)
        parts = urlsplit(self.public_url or self.relay)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return _Port(self, int(told["port"]), f"{parts.scheme}://{host}:{told['port']}")

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """What the relay tells. Raises Inconclusive where it is gone."""
        number, event, found = next(self._numbers), anyio.Event(), list[Frame]()
        self._asked[number] = event, found
        try:
            with anyio.fail_after(_PATIENCE):
                if self._link is not None:
                    await self._link.tell(Kind.ASK, number, question)
                await event.wait()
            return found[0].json
        except (Lost, TimeoutError) as error:
            raise self._gone() from error
        finally:
            del self._asked[number]

    def _gone(self) -> Inconclusive:
        return Inconclusive(f"the relay {self.relay} is gone", "look why it stopped, and what is between it and here")

    async def _run(self, authority: str, *, task_status: TaskStatus[str]) -> None:
        """Carry to the receiver at this address until cancelled, or until the relay is gone."""
        self._link = link = Link(await self._let_in())
        try:
            told = (await link.receive()).json
            self._ports = bool(told.get("ports"))
            async with anyio.create_task_group() as group:
                group.start_soon(link.beat)
                task_status.started(str(told["session"]))
                await self._take_all(link, authority, group)
        except* (Lost, KeyError):
            self.outage = f"the relay {self.relay} is gone"
        finally:
            self._link = None
            await link.close()

    async def _take_all(self, link: Link, authority: str, group: TaskGroup) -> None:
        carried = self._carried
        while True:
            frame = await link.receive()
            if frame.kind == Kind.OPEN:
                carried[frame.number] = one = Carried(link, frame.number)
                group.start_soon(self._carry, one, authority)
            elif frame.kind == Kind.TOLD and frame.number in self._asked:
                event, found = self._asked[frame.number]
                found.append(frame)
                event.set()
            elif frame.kind in {Kind.DATA, Kind.END, Kind.RESET} and frame.number in carried:
                carried[frame.number].take(frame)

    async def _carry(self, carried: Carried, authority: str) -> None:
        try:
            # To this very machine and without waiting: a port that listens has room.
            with socket.create_connection(parse_address(authority), timeout=1) as raw:
                connection = Connection(raw, carried.number)
                await carry(carried, connection, connection, end=finish)
        except OSError:
            await carried.send(Kind.RESET)
        finally:
            del self._carried[carried.number]
            if self._one_less:
                self._one_less.set()

    async def _let_in(self) -> ByteStream:
        """A connection that the relay has taken. Raises Inconclusive."""
        host, port = host_and_port(self.proxy or self.relay)
        place, remedy = ("--proxy", "check --proxy") if self.proxy else ("[webhooks] relay", _SERVE)
        try:
            with anyio.fail_after(_PATIENCE):
                stream = await dial(self.relay, self.context, self.proxy)
                return await self._ask_for_admission(stream)
        except ProxyRefused as error:
            told = f"the proxy {host}:{port} gives no way there ({error.status})"
            raise self._unreachable(told, "check user and password in --proxy, and what it allows") from error
        except ssl.SSLError as error:
            raise self._unreachable(f"TLS: {error.reason or error}", "check its certificate, or give --ca") from error
        except socket.gaierror as error:
            raise self._unreachable(unreached(error, host, port), f"correct the host in {place}") from error
        except OSError as error:  # TimeoutError is one
            raise self._unreachable(unreached(error, host, port), remedy) from error
        except (anyio.EndOfStream, anyio.BrokenResourceError, h11.RemoteProtocolError) as error:
            raise self._unreachable(str(error) or "it closed the connection", remedy) from error

    async def _ask_for_admission(self, stream: ByteStream) -> ByteStream:
        headers = [("Host", urlsplit(self.relay).netloc), ("Connection", "Upgrade"), ("Upgrade", PROTOCOL)]
        headers.append(("Authorization", f"Bearer {self.token}"))
        status = await answer_to(h11.Request(method="GET", target=CONTROL, headers=headers), stream)
        if status == HTTPStatus.SWITCHING_PROTOCOLS:
            return stream
        await stream.aclose()
        raise self._unreachable(*_REMEDIES.get(status, (f"it is no relay: it answered {status}", _SERVE)))

    def _unreachable(self, why: str, hint: str) -> Inconclusive:
        return Inconclusive(f"the relay {self.relay} cannot be used: {why}", hint)


@dataclass
class _Port:
    """A port of the relay."""

    way: RelayWay
    number: int
    url: str

    async def open(self) -> None:
        await self.way.ask({"ask": "open", "port": self.number})

    async def close(self) -> None:
        await self.way.ask({"ask": "close", "port": self.number})

    def dispose(self) -> None:
        """The relay gives it to others when the runner is gone."""
