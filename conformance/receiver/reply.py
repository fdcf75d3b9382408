"""Answers one attempt as its script says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.exchange import Pairs
from conformance.receiver.answers import Answer, Continue, Delay, Endless, Redirect, Reset, Stall, Status, Trickle
from conformance.receiver.clocks import Clocks
from conformance.receiver.holds import Hold, Holds
from conformance.receiver.log import Log
from conformance.receiver.orders import Orders
from conformance.receiver.wire import HungUp, Wire


class Reply:
    """The answer to one attempt.

    An ending is recorded before the bytes that cause it are sent: the sender may act on them, and the target's clock
    move on, before this thread runs again.
    """

    def __init__(
        self, attempt: Attempt, *, wire: Wire, log: Log, orders: Orders, holds: Holds, clocks: Clocks, headers: Pairs
    ) -> None:
        self.attempt = attempt
        self._wire, self._log, self._orders, self._holds, self._clocks = wire, log, orders, holds, clocks
        self._headers = headers
        self._due = attempt.arrived.target
        self._status = 0  # of the header block, once all of it is sent

    async def admitted(self) -> None:
        """Wait until the generation is announced. Raises HungUp."""
        await self._hold(None, lambda: self._orders.admits(self.attempt.generation))

    async def perform(self, answer: Answer) -> None:
        """Answer. Raises HungUp when the sender left before it had the answer."""
        self.attempt = replace(self.attempt, answer=str(answer))
        await self._play(answer)

    def lost(self, moment: Moment | None = None) -> None:
        """The sender left, now or at a moment seen before."""
        if self.attempt.ended is None or self.attempt.ended.how != "hung up":
            self._end("hung up", self._status, moment)
        else:
            # Once more, for the case that another thread noticed it while this one wrote down the beginning of a hold.
            self._log.record(self.attempt)

    async def _play(self, answer: Answer) -> None:
        match answer:
            case Status(code, body, headers):
                await self._whole(code, body, headers)
            case Redirect(location, code):
                await self._whole(code, b"", (("Location", location),))
            case Delay(seconds, then):
                await self._wait(seconds)
                await self._play(Status() if self._orders.draining else then)
            case Continue(then):
                await self._wire.send(self._wire.interim())
                await self._play(then)
            case Stall():
                await self._wait(None)
                await self._play(Status())
            case Trickle():
                await self._trickle(answer)
            case Reset():
                await self._reset(answer)
            case Endless(gap, code):
                await self._endless(gap, code)

    async def _whole(self, code: int, body: bytes, headers: Pairs) -> None:
        encoded = self._start(code, headers, len(body)) + self._wire.piece(body) + self._wire.end()
        await self._finish(encoded, code)

    async def _trickle(self, answer: Trickle) -> None:
        body = b"." * answer.pieces
        head = self._start(answer.code, (), len(body))
        if answer.part == "headers":
            *pieces, last = _cut(head, answer.pieces)
            last += self._wire.piece(body) + self._wire.end()
        else:
            self._status = answer.code
            await self._wire.send(head)
            await self._wait(answer.gap)
            *pieces, last = _cut(self._wire.piece(body) + self._wire.end(), answer.pieces)
        for piece in pieces:
            await self._wire.send(piece)
            await self._wait(answer.gap)
        await self._finish(last, answer.code)

    async def _reset(self, answer: Reset) -> None:
        head = self._start(answer.code, (), length=2)
        if answer.at == "headers":
            await self._wire.send(head[: len(head) // 2])
        elif answer.at == "body":
            self._status = answer.code
            await self._wire.send(head + self._wire.piece(b"."))
        self._end("reset", self._status)
        self._wire.connection.reset()

    async def _endless(self, gap: float, code: int) -> None:
        self._status = code
        await self._wire.send(self._start(code, (), None))
        while not self._orders.draining:
            await self._wait(gap)
            await self._wire.send(self._wire.piece(b"......\n"))
        await self._finish(self._wire.end(), code)

    async def _wait(self, seconds: float | None) -> None:
        if seconds is not None:
            self._due += seconds
        await self._hold(None if seconds is None else self._due, lambda: self._orders.draining)

    async def _hold(self, due: float | None, until: Callable[[], bool]) -> None:
        hold = Hold(until, due=due, connection=self._wire.connection, lost=self.lost)
        if not self._holds.add(hold):
            return
        self._log.record(self.attempt)
        await self._holds.wait(hold, self._wire.hang_up)
        if self.attempt.ended is not None:
            raise HungUp

    def _start(self, code: int, headers: Pairs, length: int | None) -> bytes:
        return self._wire.start(code, (*headers, *self._headers), length)

    async def _finish(self, encoded: bytes, code: int) -> None:
        self._end("answered", code)
        await self._wire.send(encoded)

    def _end(self, how: Literal["answered", "reset", "hung up"], status: int, moment: Moment | None = None) -> None:
        ended = Ending(how, status, moment or self._clocks.moment())
        self.attempt = replace(self.attempt, ended=ended)
        self._log.record(self.attempt)


def _cut(encoded: bytes, pieces: int) -> list[bytes]:
    """The bytes in so many pieces, the last one holding what does not divide."""
    size = max(1, len(encoded) // pieces)
    return [encoded[i * size : (i + 1) * size] for i in range(pieces - 1)] + [encoded[(pieces - 1) * size :]]
