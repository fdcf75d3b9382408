"""What an earlier run sent, in place of a network: each request is answered from its scenario's, in their order."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from conformance.client.current import at_work
from conformance.client.recorder import Recorder
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Vault

ABSENT = "not recorded"
"""The root of what an earlier run did not provoke."""
Place = tuple[str, str, str, str]
"""Scenario, method, operation and probe: the same request of the same scenario has the same."""


def not_recorded(what: str) -> Inconclusive:
    """That the journal does not have what a test needs."""
    return Inconclusive(f"{what} is not recorded", "run the suite against the target again", root=ABSENT)


class NoJournal:
    """Nothing is sent, and so nothing is written."""

    def next_number(self) -> NoReturn:
        """Raises Inconclusive: a call of its own connection is about to begin."""
        raise not_recorded(f"what {at_work() or 'nobody'} sends")

    def append(self, exchange: Exchange) -> Exchange:
        return exchange

    def close(self) -> None:
        """There is nothing to close."""


class Tape(Recorder):
    """A recorder that sends nothing."""

    def __init__(self, exchanges: Iterable[Exchange], vault: Vault) -> None:
        super().__init__(NoJournal(), vault)  # type: ignore[arg-type]
        self.again: Callable[[str], object] = str
        """Raises what kept a scenario from sending in the earlier run, if it did."""
        self._left: dict[Place, deque[Exchange]] = defaultdict(deque)
        for exchange in (one for one in exchanges if not one.interrupted):
            place = exchange.scenario, exchange.request.method, exchange.operation, exchange.probe
            self._left[place].append(exchange)

    def __post_init__(self) -> None:
        """There is no connection."""

    def capture(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, operation: str = "", probe: str = "",
        **_: Any,
    ) -> Exchange:  # fmt: skip
        """The exchange of the earlier run. Raises Inconclusive where there is none (left)."""
        del headers
        place = at_work(), method, operation, probe
        if self._left[place]:
            return self._left[place].popleft()
        self.again(at_work())
        raise not_recorded(f"{method} {url} of {at_work() or 'nobody'}")

    def close(self) -> None:
        """There is no connection."""
