"""Sends, and decides what is tried again and what is charged to the target (R44): the one place for both.

A lost connection, or a 502, 503 or 504, is tried once more where repeating is safe. A control request before and after
the second try tells whether others are served meanwhile: where both are, and the second try is lost as well, the target
is to blame, and the exchange is tagged so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.client.circuit import Circuit
from conformance.client.recorder import Recorder
from conformance.client.remaining import Remaining
from conformance.evidence import Exchange
from conformance.evidence.blame import CHARGED, TOO_MANY, cannot_pay, late, lost, spoilt
from conformance.limits import OUTAGE_SECONDS

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""Repeating has the same effect as asking once (RFC 9110, 9.2.2)."""
ELSEWHERE = frozenset({"storage", "download"})
"""What goes to presigned URLs of other hosts: they see nothing but what was announced, lest a signature covers it."""
FIRST_PAUSE = 0.5
SERVER_ERROR = 500

Control = Callable[[str], Exchange]
"""Sends, under the primary key, what is always served and is another operation than the named one; not recorded yet."""


@dataclass
class Sender:
    """The way of every request of a run. Without a `control` nothing is tried again."""

    recorder: Recorder
    control: Control | None = None
    pause: Callable[[float], None] = time.sleep
    circuit: Circuit = field(default_factory=Circuit)
    remaining: Remaining | None = None
    """What is left of the quotas; None: nobody keeps within them."""

    def send(
        self, method: str, url: str, *, kind: str = "", harmless: bool = False, account: str = "",
        tidying: bool = False, **options: Any,
    ) -> Exchange:  # fmt: skip
        """One exchange: the last one where the first was lost and could be repeated.

        `kind` stands for the operation where there is none; `harmless`: a POST that may be repeated; `tidying`: see
        `Circuit.check`. Raises Inconclusive, without a request, when the target is not asked this any more.
        """
        kind = options.get("operation") or kind
        self.circuit.check(kind, account, tidying=tidying)

        def once() -> Exchange:
            hurried = self.circuit.given_up(kind, account)
            captured = self.recorder.capture(
                method, url, account=account, hurried=hurried, named=kind not in ELSEWHERE, tidying=tidying, **options
            )
            return self._seen(captured, kind)

        first = once()
        if cannot_pay(first):
            return self._paid_elsewhere(first, once)
        if not lost(first) or first.limit or self.control is None:
            return self.recorder.keep(first)
        kept = self.recorder.keep(first)
        before = self._back(self.control, kind, kept)
        if not (before and (harmless or method in SAFE)):
            return kept
        return self._again(once, self.control, kind)

    def _again(self, once: Callable[[], Exchange], control: Control, kind: str) -> Exchange:
        """Ask again, and a last time: a bad network loses one call in ten thousand twice, while others are served.

        A target that does not answer in time is no such chance, and is not asked a third time.
        """
        exchange = once()
        for last in (late(exchange), True):
            if not lost(exchange) or exchange.limit or not served(self.recorder.keep(control(kind))):
                return self.recorder.keep(exchange)
            if last:
                break
            self.recorder.keep(exchange)
            exchange = once()
        return self.recorder.keep(replace(exchange, tags=(*exchange.tags, CHARGED)))

    def _seen(self, exchange: Exchange, kind: str) -> Exchange:
        self.circuit.see(exchange, kind)
        return exchange

    def _back(self, control: Control, kind: str, after: Exchange) -> bool:
        """Wait until the target serves the control; when it does not come back, it is asked no more."""
        pause, waited = FIRST_PAUSE, 0.0
        while not served(answer := self.recorder.keep(control(kind))):
            if answer.limit or not lost(answer):
                return False
            if waited + pause > OUTAGE_SECONDS:
                self.circuit.gone(after)
                return False
            self.pause(pause)
            waited, pause = waited + pause, pause * 2
        return True

    def _paid_elsewhere(self, first: Exchange, once: Callable[[], Exchange]) -> Exchange:
        """A 402 for what is sold when asked again was no matter of credits. Nothing was bought, so asking is safe."""
        second = once()
        if spoilt(second) is None:
            first = replace(first, tags=(*first.tags, CHARGED))
        kept = self.recorder.keep(first)
        again = self.recorder.keep(second)
        return kept if spoilt(kept) is None else again


def served(exchange: Exchange) -> bool:
    """Whether the API answered, whatever it said."""
    return not lost(exchange) and exchange.status < SERVER_ERROR and exchange.status != TOO_MANY
