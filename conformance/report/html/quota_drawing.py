"""The rate-limit counter over the run: what each answer to a key told that remains, call by call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.checks.windows import LIMIT, integer, limited
from conformance.evidence import Exchange

MOST_POINTS = 800
"""Of one line."""
TALL = 100.0
"""Height of the drawing's own units, for the whole quota."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One account: `line` is an SVG path over 1000 units of width, 100 of height, beginning at the top left."""

    account: str
    calls: int
    lowest: int
    highest: int
    line: str
    throttled: tuple[float, ...]
    """Places of the calls answered 429, in per cent."""
    refusals: int
    decisive: float | None
    """Place of the call that decided the check, in per cent."""


def counters(evidence: Iterable[Exchange], decisive: int = -1) -> list[Counter]:
    """One for each account whose answers told a number, that with most calls first."""
    calls = defaultdict[str, list[tuple[int, Exchange]]](list)
    for exchange in evidence:
        if exchange.account and limited(exchange):
            told = integer(_plain(exchange.header("x-ratelimit-remaining")))
            calls[exchange.account].append((-1 if told is None else told, exchange))
    found = [_counter(account, every, decisive) for account, every in calls.items()]
    return sorted((one for one in found if one), key=lambda counter: -counter.calls)


def _plain(text: str | None) -> str | None:
    return text and text.strip()


def _counter(account: str, calls: Sequence[tuple[int, Exchange]], decisive: int) -> Counter | None:
    told = [(place, remaining) for place, (remaining, _) in enumerate(calls) if remaining >= 0]
    if not told:
        return None
    top = max(LIMIT, *(remaining for _, remaining in told))
    width = max(1, len(calls) - 1)
    points = [(1000 * place / width, TALL - TALL * remaining / top) for place, remaining in _thinned(told)]
    refused = [100 * place / width for place, (_, exchange) in enumerate(calls) if exchange.status == 429]
    at = next((100 * place / width for place, (_, exchange) in enumerate(calls) if exchange.number == decisive), None)
    remaining = [left for _, left in told]
    return Counter(
        account=account, calls=len(calls), lowest=min(remaining), highest=max(remaining), line=_path(points),
        throttled=tuple(dict.fromkeys(round(x, 1) for x in refused)), refusals=len(refused),
        decisive=None if at is None else round(at, 2),
    )  # fmt: skip


def _thinned(told: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where there are too many points, the lowest and the highest of each stretch."""
    if len(told) <= MOST_POINTS:
        return [*told]
    size = -(-2 * len(told) // MOST_POINTS)
    kept = list[tuple[int, int]]()
    for begin in range(0, len(told), size):
        few = told[begin : begin + size]
        kept += sorted({min(few, key=lambda one: one[1]), max(few, key=lambda one: one[1])})
    return kept


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
