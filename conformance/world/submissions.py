"""Generations whose acceptance matters and whose end does not, sent a few at a time."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.cases.bodies import OMIT, a_generation
from conformance.client import Api
from conformance.contract import follow, load
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.world.generations import watch
from conformance.world.own import Own
from conformance.world.world import World, prerequisite

BAD_REQUEST = 400
ROWS = {"size": "GEN-15", "quality": "GEN-18", "n": "GEN-21"}
"""What says that each of a field's values is accepted."""
MOST = 4
"""Generations in progress that are not polled yet: one less than the five that a key may have."""


@dataclass
class Submissions:
    """Sends each body of generate at most once. Before a fifth is at work, the latest is watched until it is over.

    It belongs to one thread: what is at work is given back by the thread that took it.
    """

    world: World
    api: Api
    sent: dict[str, Exchange] = field(default_factory=Own)
    at_work: list[tuple[Exchange, Any]] = field(default_factory=list)

    def send(self, body: Any, *, probe: str = "") -> Exchange:
        """The exchange of this body: a JSON value, or the bytes themselves."""
        place = str(body) if isinstance(body, bytes) else json.dumps(body)
        if place not in self.sent:
            self.sent[place] = self._send(body, probe)
        return self.sent[place]

    def record(self, body: Any) -> Exchange | None:
        """A poll of what became of this body, when most likely it is over; None when it was not accepted with an id.

        It is the poll that the contract links to an accepted call.
        """
        accepted = self.send(body)
        self.drain()
        try:
            poll = follow(load().operations["generate"], 202, "poll", accepted.json)
        except LookupError:
            return None
        found = poll.parameters["id"]
        return self.api.generation(found) if isinstance(found, str) and found else None

    def of_valid_values(self, answer: Exchange, fields: Mapping[str, Any]) -> Exchange:
        """The answer to a call with these fields, by whatever account.

        Raises Inconclusive where it is a 400, and this account's call with but one of their values draws a 400 as well:
        what is wrong is that value, wherever it stands.
        """
        if answer.status == BAD_REQUEST:
            values = {name: fields[name] for name in ROWS if fields.get(name, OMIT) is not OMIT}
            alone = {name: self.send(a_generation(**{name: value})) for name, value in values.items()}
            self.drain()
            for name, call in alone.items():
                prerequisite(call.status != BAD_REQUEST, call, f"a 2xx status for {name} {values[name]}", ROWS[name])
        return answer

    def drain(self) -> None:
        """Wait until what is at work is over."""
        under_way, self.at_work = self.at_work, []
        try:
            for accepted, body in under_way[-1:]:
                self.world.clock.sleep(self.world.typical_seconds)
                watch(self.world, self.api, accepted, body)
        finally:
            for _ in under_way:
                self.world.quota.give_work_back(self.api.account)

    def close(self) -> None:
        """Drain, whatever comes of it: nothing is judged any more."""
        with contextlib.suppress(SuiteError):
            self.drain()

    def _send(self, body: Any, probe: str) -> Exchange:
        if len(self.at_work) >= min(MOST, self.world.quota.share):
            self.drain()
        self.world.quota.take_work(self.api.account)
        try:
            # Under a key, what a gateway or the network loses may be sent again (R44).
            exchange = self.api.generate(body, idempotency_key=self.world.fresh(), probe=probe)
        except SuiteError:
            self.world.quota.give_work_back(self.api.account)
            raise
        if 200 <= exchange.status < 300:
            self.at_work.append((exchange, body))
        else:
            self.world.quota.give_work_back(self.api.account)
        return exchange
