"""How odd bodies are sent: those that are alike for all customers, on the account `other` where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from conformance.cases.odd_bodies import LARGE, Odd, large_order
from conformance.client import Api
from conformance.evidence import Exchange
from conformance.scenarios.validation import twice_if_it_breaks
from conformance.world.held_calls import held
from conformance.world.once_table import OnceTable
from conformance.world.submissions import Submissions
from conformance.world.world import World


@pytest.fixture(scope="module")
def odd_submissions(world: World, customer: Api) -> Iterator[Submissions]:
    """Bodies that are alike for all customers, on the account `other` where there is one."""
    submissions = Submissions(world, customer, "odd bodies")
    yield submissions
    submissions.close()


def send_odd(api: Api, operation: str, odd: Odd, probe: str) -> None:
    """Send it, and where that draws a 5xx, send it again."""

    def send(content: bytes, probe: str) -> Exchange:
        return api.call(operation, body=content, headers=odd.sent, probe=probe)

    twice_if_it_breaks(send, send, odd.content, probe)


@dataclass
class LargeOrders:
    """Orders so large that they may be answered, and the connection ended, before they are sent; each is sent once."""

    world: World
    api: Api
    sent: OnceTable[str, Exchange] = field(default_factory=lambda: OnceTable("large_orders"))

    def of(self, size: str) -> Exchange:
        return self.sent.once(size, size, lambda: self._send(size))

    def _send(self, size: str) -> Exchange:
        call = held(self.world, self.api, f"a prompt of {size}", "generate", body=large_order(LARGE[size]))
        call.complete()
        return call.finish()


@pytest.fixture(scope="session")
def large_orders(world: World, customer: Api) -> LargeOrders:
    return LargeOrders(world, customer)
