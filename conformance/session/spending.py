"""What the run cost the target's owner: requests and credits, by account."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.checks.lifecycle import asked_for
from conformance.client.bodies import Bodies
from conformance.client.journal import EXCHANGES, files_of, joined_path, lines_of
from conformance.contract import documented
from conformance.evidence import Exchange, from_json
from conformance.evidence.jsontext import within_range
from conformance.plan.amount import Amount

GIVEN_BACK = frozenset({"blocked", "failed"})


class Ledger:
    """Adds exchanges up.

    The credits of a generation are the most that polling ever showed for it, or its number of images, up to the most
    that may be ordered, where it was never polled. Of one that ended blocked or failed they are none: it was given back
    (LIFE-16, LIFE-17).
    """

    def __init__(self) -> None:
        self._requests: dict[str, int] = defaultdict(int)
        self._prices: dict[tuple[str, str], float] = {}
        self._ordered: dict[tuple[str, str], float] = {}
        self._given_back = set[tuple[str, str]]()

    def add(self, exchange: Exchange) -> None:
        """Count an exchange, after those that ended before it."""
        if not exchange.account:
            return
        self._requests[exchange.account] += exchange.costs
        if exchange.operation == "generate" and exchange.status in {200, 202}:
            made = str(exchange.member("generationId") or exchange.member("id"))
            self._prices.setdefault((exchange.account, made), _images(exchange))
            self._ordered.setdefault((exchange.account, made), _images(exchange))
        elif exchange.operation == "generation" and exchange.status == 200:
            self._polled(exchange, (exchange.account, asked_for(exchange)))

    def _polled(self, exchange: Exchange, place: tuple[str, str]) -> None:
        shown, known = exchange.member("costCredits"), self._prices.get(place)
        if exchange.member("status") in GIVEN_BACK:
            self._given_back.add(place)
        if known is not None and isinstance(shown, int | float) and within_range(shown) and shown > known:
            self._prices[place] = shown

    @property
    def by_account(self) -> dict[str, dict[str, int]]:
        """`{account: {"requests", "credits"}}`."""
        return {
            name: {"requests": amount.requests, "credits": round(amount.credits)}
            for name, amount in self.amounts.items()
        }

    @property
    def amounts(self) -> dict[str, Amount]:
        """By account, with the generations that were accepted, and the images that they were to have."""
        found = {name: Amount(count) for name, count in sorted(self._requests.items())}
        for place, price in self._prices.items():
            credited = 0 if place in self._given_back else price
            found[place[0]] = found[place[0]].plus(Amount(0, 1, credited, round(self._ordered[place])))
        return found


def cost_by_account(evidence: Iterable[Exchange]) -> dict[str, dict[str, int]]:
    """`{account: {"requests", "credits"}}`. What found no connection is no request."""
    ledger = Ledger()
    for exchange in evidence:
        ledger.add(exchange)
    return ledger.by_account


class SoFar:
    """What a run that goes on has taken, read from the journals of its processes as they grow. Thread-safe.

    What was joined is of a part before this one, which was resumed: it is read once, and whole.
    """

    def __init__(self, evidence: Path) -> None:
        self._evidence, self._bodies = evidence, Bodies(evidence)
        self._ledger = Ledger()
        self._read: dict[Path, int] = {}
        self._lock = threading.Lock()

    def __call__(self) -> tuple[int, int]:
        """Requests and credits, over all accounts."""
        with self._lock:
            for path in files_of(self._evidence, EXCHANGES):
                read = (from_json(json.loads(line), self._bodies) for line in self._new_lines(path) if line)
                for exchange in read:
                    if not exchange.interrupted:  # it goes on: its end is a line of its own
                        self._ledger.add(exchange)
            costs = self._ledger.by_account.values()
        return sum(cost["requests"] for cost in costs), sum(cost["credits"] for cost in costs)

    def _new_lines(self, path: Path) -> Sequence[str | bytes]:
        """The complete lines that were written since the last look; none of a file that cannot be read."""
        try:
            if path == joined_path(self._evidence, EXCHANGES):
                return [] if path in self._read else self._joined(path)
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                complete = file.read().rpartition(b"\n")[0]
        except OSError:
            return []
        self._read[path] = self._read.get(path, 0) + len(complete) + bool(complete)
        return complete.split(b"\n") if complete else []

    def _joined(self, path: Path) -> list[str]:
        lines = lines_of(path)
        self._read[path] = len(lines)
        return lines


def _images(exchange: Exchange) -> float:
    body = exchange.request.json
    n = body.get("n", 1) if isinstance(body, dict) else 1
    return min(n, documented().images) if isinstance(n, int) else 1
