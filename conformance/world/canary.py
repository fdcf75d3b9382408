"""Requests to the receiver's own public address, before any verdict on webhooks: they must arrive as they were sent."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.reachability import KEPT, answered_by_another, lost_on_the_way, not_ended, too_slow
from conformance.contract import documented
from conformance.evidence import Exchange
from conformance.receiver import Answer, Receiver, Redirect, Stall, Status
from conformance.receiver.endpoint import Endpoint
from conformance.world.world import World

STRANGE = 'A lighthouse in the rain 雨後的燈塔 🗼 "quoted" \\ / </b> é \u2028 end\n\tof line'
"""A prompt that serialisers of JSON write in different ways."""
CANARY = (
    f'{{ "event":"canary",\r\n\t"text" : {json.dumps(STRANGE)}, "raw": "é 雨 \u2028 \\/ \\u0041",'
    ' "tail":[1.0, 1e-7,10E2 , {  }],"event" : "canary"}\n'
).encode()
"""JSON that nobody would write so: its blanks, escapes, numbers and a name that stands twice."""
HEADERS = dict(
    zip(KEPT, (
        "application/json", "generation.succeeded", "0190c0de-cafe-7000-8000-000000000001",
        "sha256=00C0FFEE" + "0f" * 28,
    ), strict=True)
)  # fmt: skip
QUERY = "?from=conformance%20suite&b=&a"
ANSWERS_AFTER = 3.5
"""Seconds of the target's time after which a test answers what is still to be in time."""
SHARE = 2 / 3
"""How much of what is left a request and its answer may take."""
HURRY, NOTICED = 0.4, 2.0
"""Real seconds after which the canary hangs up, and in which the receiver must have seen it."""
AGAIN = 1.0
"""Real seconds between two tries while a tunnel is not ready."""


@dataclass
class Canary:
    """Asks a receiver at its own public address. Where nothing is before it, one request does."""

    world: World
    receiver: Receiver
    took: list[float] = field(default_factory=list)
    """Real seconds of each exchange."""

    def lost(self) -> str:
        """What becomes of requests on their way, in words; empty where they arrive and are answered as they should."""
        if (lost := self._settled()) or not self.receiver.public:
            return lost
        steps = (self._chunked, self._passes_on, self._follows_nothing, self._sees_the_end, self._speed)
        return next(filter(None, (step() for step in steps)), "")

    def _settled(self) -> str:
        """As soon as a tunnel leads here, or its time is over."""
        clock = self.world.sleeper
        until = clock.monotonic() + self.receiver.settles
        while (lost := self._echoed("canary", CANARY)) and clock.monotonic() < until and not self.receiver.outage:
            clock.sleep(AGAIN)
        return lost and (self.receiver.outage or lost)

    def _echoed(self, probe: str, content: bytes | Iterable[bytes]) -> str:
        url = self.receiver.canary_url + QUERY
        return lost_on_the_way(CANARY, self._send(url, probe, headers=HEADERS, content=content), HEADERS)

    def _chunked(self) -> str:
        return self._echoed("canary in chunks", iter((CANARY[:7], CANARY[7:])))

    def _passes_on(self) -> str:
        """Whatever answers by itself, or repeats what is answered so, would change the verdicts on retries."""
        return self._answered("canary, answered 503", (Status(503, b"canary"),), 503)

    def _follows_nothing(self) -> str:
        trap = self.receiver.open(listed=False)
        lost = self._answered("canary, redirected", (Redirect(trap.url, 307),), 307, trap.url)
        followed = bool(trap.attempts() or trap.refused())
        return "something on the way follows redirects by itself" if followed else lost

    def _answered(self, probe: str, script: tuple[Answer, ...], status: int, location: str = "") -> str:
        endpoint = self.receiver.open(script, listed=False)
        answer = self._send(endpoint.url, probe, headers=HEADERS, content=CANARY)
        return answered_by_another(answer, status, location, len(endpoint.attempts()))

    def _sees_the_end(self) -> str:
        endpoint: Endpoint = self.receiver.open((Stall(),), listed=False)
        early = self._send(endpoint.url, "canary, given up", headers=HEADERS, content=CANARY, within=HURRY)
        if early.response is not None:
            return f"something on the way answers {early.status} by itself, before the receiver does"
        try:
            endpoint.wait_for(1, timeout=NOTICED, ended=True)
        except TimeoutError:
            return not_ended(endpoint.attempts())
        finally:
            endpoint.close()
        return not_ended(endpoint.attempts())

    def _speed(self) -> str:
        clock = self.world.clock
        if clock.stepped:
            return ""
        left = clock.real_seconds(documented().attempt_seconds - ANSWERS_AFTER)
        return too_slow(min(self.took), left * SHARE)

    def _send(self, url: str, probe: str, **how: Any) -> Exchange:
        exchange = self.world.recorder.send(
            "POST", url, probe=probe, tags=("canary",), directly=not self.receiver.public, **how
        )
        self.took.append(exchange.ended - exchange.started)
        return exchange
