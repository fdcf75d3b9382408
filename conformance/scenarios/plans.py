"""How accounts that are not served are asked."""

import json
from typing import Any
from urllib.parse import urlencode

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.contract import load
from conformance.errors import Throttled
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY

FORGED: dict[str, dict[str, dict[str, Any]]] = {
    "headers and a cookie": {
        "headers": {"X-Plan": "Pro", "X-User-Plan": "Pro", "X-Tier": "Pro", "Cookie": "plan=Pro; tier=Pro"}
    },
    "the body": {
        "fields": {"plan": "Pro", "tier": "Pro", "user": {"plan": "Pro"}, "credits": 1000, "costCredits": 0, "cost": 0}
    },
    "the query": {"query": {"plan": "Pro", "tier": "Pro", "credits": "1000"}},
}
"""A better plan and more credits, as a caller may claim to have them."""


def claim(api: Api, where: str) -> Exchange:
    """A valid generate call that claims to be of a better account. The claim may be refused as such (R15)."""
    found, forged = load().operations["generate"], FORGED[where]
    query = f"?{urlencode(forged['query'])}" if "query" in forged else ""
    return api.request(
        found.method, found.url() + query, "generate",
        headers={"Content-Type": "application/json", **forged.get("headers", {})},
        content=json.dumps(a_generation(**forged.get("fields", {}))).encode(),
        probe=f"account {api.account}, a better one in {where}",
    )  # fmt: skip


def ask(api: Api, fields: dict[str, Any]) -> Exchange:
    """A valid generate call of an account that is to be turned away.

    A 429 is an answer like others here, as long as the hourly quota is not used up (then Throttled is raised): some
    targets take credits or caps for rates.
    """
    exchange = api.generate(a_generation(**fields), probe=f"account {api.account}", expects_429=True)
    if exchange.status == TOO_MANY and exchange.header("x-ratelimit-remaining") == "0":
        raise Throttled(f"the quota of account {api.account!r} is used up", "wait until it is restored")
    return exchange
