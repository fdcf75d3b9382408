"""Generations whose acceptance matters and whose end does not, sent a few at a time."""

import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from conformance.cases.bodies import OMIT, a_generation, name_of
from conformance.client import Api
from conformance.client.current import Scenario, sending
from conformance.contract import follow, load
from conformance.errors import SuiteError
from conformance.evidence import Exchange
from conformance.plan.cost import AT_WORK
from conformance.world.generations import described, watch
from conformance.world.once_table import OnceTable
from conformance.world.world import World, prerequisite

BAD_REQUEST = 400
SERVED = {"size": "GEN-15", "quality": "GEN-18", "n": "GEN-21"}
"""What says that each of a field's values is accepted."""


@dataclass
class Submissions:
    """Sends each body of generate at most once. Before too many are at work, the latest is watched until it is over.

    It belongs to one thread: what is at work counts as this thread's.
    """

    world: World
    api: Api
    name: str = "submissions"
    sent: OnceTable[str, Exchange] = field(init=False)
    at_work: list[Exchange] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)
    """Gives back what is at work."""

    def __post_init__(self) -> None:
        self.sent = OnceTable(self.name)

    def send(self, body: Any, *, probe: str = "") -> Exchange:
        """The exchange of this body: a JSON value, or the bytes themselves."""
        place = str(body) if isinstance(body, bytes) else json.dumps(body)
        return self.sent.once(place, name_of(body), lambda: self._send(body, probe or described(body)))

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
        with sending(Scenario(accepted.scenario)):
            return self.api.generation(found) if isinstance(found, str) and found else None

    def of_valid_values(self, answer: Exchange, fields: Mapping[str, Any]) -> Exchange:
        """The answer to a call with these fields, by whatever account.

        Raises Inconclusive where it is a 400, and this account's call with but one of their values draws a 400 as well:
        what is wrong is that value, wherever it stands.
        """
        if answer.status == BAD_REQUEST:
            values = {name: fields[name] for name in SERVED if fields.get(name, OMIT) is not OMIT}
            alone = {name: self.send(a_generation(**{name: value})) for name, value in values.items()}
            self.drain()
            for name, call in alone.items():
                prerequisite(call.status != BAD_REQUEST, call, f"a 2xx status for {name} {values[name]}", SERVED[name])
        return answer

    def drain(self) -> None:
        """Wait until what is at work is over."""
        under_way, self.at_work = self.at_work, []
        with self.held.pop_all():
            for accepted in under_way[-1:]:
                self.world.clock.sleep(self.world.typical_seconds)
                with sending(Scenario(accepted.scenario)):
                    watch(self.world, self.api, accepted)

    def close(self) -> None:
        """Drain, whatever comes of it: nothing is judged any more."""
        with suppress(SuiteError):
            self.drain()

    def _send(self, body: Any, probe: str) -> Exchange:
        if len(self.at_work) >= min(AT_WORK, self.world.quota.share):
            self.drain()
        with ExitStack() as taken:
            taken.enter_context(self.world.quota.work(self.api.account))
            # Under a key, what a gateway or the network loses may be sent again (R44).
            exchange = self.api.generate(body, idempotency_key=self.world.fresh(), probe=probe)
            if 200 <= exchange.status < 300:
                self.at_work.append(exchange)
                self.held.push(taken.pop_all())
        return exchange
