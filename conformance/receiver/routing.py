"""Finds the endpoint of a request, and the answer of its script."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import anyio
import h11

from conformance.evidence.attempt import Attempt, Moment, Refusal
from conformance.evidence.exchange import Pairs, header
from conformance.receiver.clocks import Clocks
from conformance.receiver.holds import Holds
from conformance.receiver.log import Log
from conformance.receiver.orders import Orders
from conformance.receiver.reply import Reply
from conformance.receiver.way import OwnPort
from conformance.receiver.wire import HungUp, Refused, Wire


@dataclass(frozen=True, slots=True)
class Place:
    """What the server knows of an endpoint: its orders, and where to write down what comes."""

    name: str
    orders: Orders
    log: Log = field(default_factory=Log)
    port: OwnPort | None = None
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """The head of a request, and when its first bytes were read."""

    request: h11.Request
    moment: Moment

    @property
    def method(self) -> str:
        return self.request.method.decode("latin-1")

    @property
    def path(self) -> str:
        return self.request.target.decode("latin-1")

    @property
    def headers(self) -> Pairs:
        return tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in self.request.headers.raw_items())


class Routes:
    """The endpoints, by the last segment of the path; `canary` is the segment that echoes."""

    def __init__(
        self, *, clocks: Clocks, holds: Holds, canary: str, patience: float, serials: Iterator[int]
    ) -> None:  # fmt: skip
        self.places: dict[str, Place] = {}
        """Added to by the threads of the tests, and looked up by the event loop: one key at a time, without a lock."""
        self._clocks, self._holds, self._canary, self._patience = clocks, holds, canary, patience
        self._serials = serials

    async def serve(self, wire: Wire) -> None:
        """Read one request, of which the first bytes have come, and answer it. Raises Refused and HungUp."""
        moment = self._clocks.moment()
        try:
            with anyio.fail_after(self._patience):
                arrival = _Arrival(await wire.head(), moment)
                place = self._find(arrival)
                body = await self._body(wire, arrival, place)
        except TimeoutError as error:
            raise Refused("slow request", HTTPStatus.REQUEST_TIMEOUT) from error
        if place is None:
            await self._echo(wire, arrival, body)
        else:
            await self._answer(wire, arrival, place, body)

    def _find(self, arrival: _Arrival) -> Place | None:
        """The endpoint that the request is for; None: the canary. Raises Refused."""
        segment = arrival.path.partition("?")[0].rpartition("/")[2]
        place = self.places.get(segment)
        if place is None and segment != self._canary:
            raise Refused("unknown path", HTTPStatus.NOT_FOUND)
        if arrival.method != "POST":
            raise self._noted(Refused("method", HTTPStatus.METHOD_NOT_ALLOWED), arrival, place)
        return place

    async def _body(self, wire: Wire, arrival: _Arrival, place: Place | None) -> bytes:
        try:
            return await wire.body(arrival.request)
        except Refused as refused:
            raise self._noted(refused, arrival, place) from refused

    def _noted(self, refused: Refused, arrival: _Arrival, place: Place | None) -> Refused:
        if place is not None:
            refusal = Refusal(place.name, refused.reason, arrival.method, arrival.path, arrival.moment)
            place.log.refuse(refusal)
        return refused

    async def _echo(self, wire: Wire, arrival: _Arrival, body: bytes) -> None:
        seen = {
            "sha256": hashlib.sha256(body).hexdigest(),
            "length": len(body),
            "body": base64.b64encode(body).decode(),
            "headers": arrival.headers,
            "method": arrival.method,
            "path": arrival.path,
            "tls": wire.tls,
        }
        echo = json.dumps(seen).encode()
        await wire.send(
            wire.start(HTTPStatus.OK, (("Content-Type", "application/json"),), len(echo))
            + wire.piece(echo)
            + wire.end()
        )

    async def _answer(self, wire: Wire, arrival: _Arrival, place: Place, body: bytes) -> None:
        generation, number = place.log.number(body, header(arrival.headers, "X-Gptimg-Delivery"))
        attempt = Attempt(
            endpoint=place.name,
            generation=generation,
            number=number,
            arrived=arrival.moment,
            method=arrival.method,
            path=arrival.path,
            headers=arrival.headers,
            body=body,
            tls=wire.tls,
            connection=wire.connection.number,
            late=place.orders.closed,
            scenario=place.scenario,
            serial=next(self._serials),
        )
        # A port that is about to close must not leave the sender a connection to send its next attempt over.
        headers = (("Connection", "close"),) if place.port else ()
        reply = Reply(
            attempt,
            wire=wire, log=place.log, orders=place.orders, holds=self._holds, clocks=self._clocks, headers=headers,
        )  # fmt: skip
        try:
            await reply.admitted()
            await reply.perform(place.orders.answer(generation, number))
        except HungUp:
            reply.lost()
            raise
