"""How accounts that are not served are asked."""

from typing import Any

from conformance.cases.bodies import a_generation
from conformance.client import Api
from conformance.errors import Throttled
from conformance.evidence import Exchange
from conformance.evidence.blame import TOO_MANY


def ask(api: Api, fields: dict[str, Any]) -> Exchange:
    """A valid generate call of an account that is to be turned away.

    A 429 is an answer like others here, as long as the hourly quota is not used up (then Throttled is raised): some
    targets take credits or caps for rates.
    """
    exchange = api.generate(a_generation(**fields), probe=f"account {api.account}", expects_429=True)
    if exchange.status == TOO_MANY and exchange.header("x-ratelimit-remaining") == "0":
        raise Throttled(f"the quota of account {api.account!r} is used up", "wait until it is restored")
    return exchange
