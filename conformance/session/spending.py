"""What the run cost the target's owner: requests and credits, by account."""

from collections import defaultdict
from collections.abc import Sequence

from conformance.checks.lifecycle import asked_for
from conformance.evidence import Exchange
from conformance.evidence.jsontext import within_range

GIVEN_BACK = frozenset({"blocked", "failed"})


def cost_by_account(evidence: Sequence[Exchange]) -> dict[str, dict[str, int]]:
    """`{account: {"requests", "credits"}}`. What found no connection is no request.

    The credits of a generation are the most that polling ever showed for it, or its number of images where it was never
    polled. Of one that ended blocked or failed they are none: it was given back (LIFE-16, LIFE-17).
    """
    requests: dict[str, int] = defaultdict(int)
    prices: dict[tuple[str, str], float] = {}
    given_back = set[tuple[str, str]]()
    for exchange in evidence:
        if not exchange.account:
            continue
        requests[exchange.account] += exchange.costs
        if exchange.operation == "generate" and exchange.status in {200, 202}:
            made = str(exchange.member("generationId") or exchange.member("id"))
            prices.setdefault((exchange.account, made), _images(exchange))
        elif exchange.operation == "generation" and exchange.status == 200:
            shown, place = exchange.member("costCredits"), (exchange.account, asked_for(exchange))
            if exchange.member("status") in GIVEN_BACK:
                given_back.add(place)
            if place in prices and isinstance(shown, int | float) and within_range(shown) and shown > prices[place]:
                prices[place] = shown
    totals: dict[str, float] = defaultdict(float)
    for place, price in prices.items():
        totals[place[0]] += price * (place not in given_back)
    return {name: {"requests": count, "credits": round(totals[name])} for name, count in sorted(requests.items())}


def _images(exchange: Exchange) -> float:
    body = exchange.request.json
    n = body.get("n", 1) if isinstance(body, dict) else 1
    return n if isinstance(n, int) else 1
