"""The runners that drive a relay: each has a session, which no other sees and which ends with its link."""

import itertools
import secrets
from collections.abc import Iterable
from functools import partial

import anyio
from anyio.abc import ByteStream

from conformance.receiver.carried import Carried, carry, lingering
from conformance.receiver.door import Door
from conformance.receiver.frames import Frame, Kind, Link, Lost
from conformance.receiver.listening import Port
from conformance.receiver.stream import Connection

MOST_SESSIONS = 32
MOST_CONNECTIONS = 256
"""Of one session at once."""
MOST_PORTS = 16
"""Of one session."""


class Session:
    """One runner. `name` is the first segment of its public paths; it is random, and no one else's."""

    def __init__(self, link: Link, ports: "Ports") -> None:
        self.name = secrets.token_urlsafe(18)
        self._link, self._ports = link, ports
        self._carried: dict[int, Carried] = {}
        self._numbers = itertools.count(1)
        self._own: dict[int, Port] = {}

    async def run(self) -> None:
        """Until the runner is gone."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._link.beat)
                await self._link.tell(Kind.TOLD, 0, {"session": self.name, "ports": self._ports.any})
                while True:
                    await self._took(await self._link.receive())
        except* Lost:
            pass
        finally:
            for carried in tuple(self._carried.values()):
                carried.take(Frame(Kind.RESET, carried.number))
            with anyio.CancelScope(shield=True):
                for port in self._own.values():
                    await port.close()
                    self._ports.give_back(port)

    async def open(self) -> Carried | None:
        """A connection to carry; None: the runner has too many, or is gone."""
        if len(self._carried) >= MOST_CONNECTIONS:
            return None
        carried = Carried(self._link, next(self._numbers))
        self._carried[carried.number] = carried
        try:
            await carried.send(Kind.OPEN)
        except Lost:
            self.forget(carried)
            return None
        return carried

    def forget(self, carried: Carried) -> None:
        self._carried.pop(carried.number, None)

    async def _took(self, frame: Frame) -> None:
        if frame.kind == Kind.ASK:
            await self._link.tell(Kind.TOLD, frame.number, await self._answer(frame.json))
        elif carried := self._carried.get(frame.number):
            carried.take(frame)

    async def _answer(self, asked: dict[str, object]) -> dict[str, object]:
        what, port = asked.get("ask"), self._own.get(_whole(asked.get("port")))
        if what == "reserve":
            if len(self._own) >= MOST_PORTS or (taken := self._ports.take(self)) is None:
                return {"error": "the relay has no further port"}
            self._own[taken.number] = taken
            return {"port": taken.number}
        if port is None or what not in {"open", "close"}:
            return {"error": "the relay does not know what is asked"}
        await (port.open() if what == "open" else port.close())
        return {}


def _whole(found: object) -> int:
    return found if isinstance(found, int) else -1


class Ports:
    """The ports of a relay that runners may open and close, for endpoints that refuse connections."""

    def __init__(self, host: str, numbers: Iterable[int], door: Door) -> None:
        self._host, self._free, self._door = host, list(numbers), door
        self.any = bool(self._free)

    def take(self, session: Session) -> Port | None:
        """One of them, still closed; what comes there is the session's. None: all are taken."""
        accept = partial(self._door.accept, serve=partial(carry_to, session))
        for number in self._free:
            try:
                port = Port(self._host, accept=accept, group=self._door.group, number=number)
            except OSError:  # somebody else has it, perhaps for a while
                continue
            self._free.remove(number)
            return port
        return None

    def give_back(self, port: Port) -> None:
        port.dispose()
        self._free.append(port.number)


async def carry_to(session: Session, stream: ByteStream, connection: Connection, _tls: str) -> None:
    """Carry a whole connection to a session."""
    carried = await session.open()
    if carried is None:
        connection.reset()
        return
    try:
        await carry(carried, stream, connection, end=lingering)
    finally:
        session.forget(carried)
