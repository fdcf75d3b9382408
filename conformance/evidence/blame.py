"""Who broke an exchange (R44): a gateway, the network, somebody else's calls, an empty account, or a limit of ours.

What they spoilt says nothing: a spoilt exchange reaches no expectation. `client/sender.py` decides what is tried again,
and what is charged to the target after all.
"""

from conformance.errors import Inconclusive, Throttled, Unreachable
from conformance.evidence.exchange import Exchange

GATEWAY = frozenset({502, 503, 504})
"""What may come from infrastructure in front of the target (R35)."""
TOO_MANY, PAYMENT_REQUIRED = 429, 402
THROTTLED = "were throttled without cause"
"""How the root of what ran into such an answer ends."""
PAYING = frozenset({"primary", "other", "burner"})
"""Accounts that should be able to buy, and whose balance nobody knows."""
CHARGED = "charged"
"""Tags an exchange that the target caused: the same request drew it again while others were served."""
CONTROL = "control"
"""Tags a request that shows whether others are served meanwhile."""


def charged(exchange: Exchange) -> bool:
    return CHARGED in exchange.tags


def of_a_gateway(exchange: Exchange) -> bool:
    """Whether the answer may be one of infrastructure in front of the target."""
    return exchange.status in GATEWAY and not charged(exchange)


def lost(exchange: Exchange) -> bool:
    """Whether the connection, a gateway or a limit of ours kept the answer."""
    return exchange.response is None or bool(exchange.failure) or exchange.status in GATEWAY


def late(exchange: Exchange) -> bool:
    """Whether no answer came in time."""
    return exchange.response is None and "no answer in time" in exchange.failure


def cannot_pay(exchange: Exchange) -> bool:
    """Whether an account of unknown balance was told that it has too few credits."""
    buys = exchange.operation == "generate" and exchange.account in PAYING
    return buys and exchange.status == PAYMENT_REQUIRED and not exchange.failure


def spoilt(exchange: Exchange) -> Inconclusive | None:
    """Why the exchange says nothing about what it was sent for, to be raised; None when it does."""
    if charged(exchange):
        return None
    if lost(exchange):
        return _lost(exchange)
    if exchange.status == TOO_MANY and not exchange.expects_429:
        return _throttled(exchange)
    if cannot_pay(exchange):
        return Inconclusive(
            exchange.told,
            f"top up the account {exchange.account!r}: `gimg-conformance plan` says what a run costs",
            root=f"account {exchange.account!r} has not enough credits",
        )
    return None


def _throttled(exchange: Exchange) -> Throttled:
    calls, remedy = "calls without a valid key", "wait until the target serves calls without a valid key"
    if exchange.account:
        calls = f"calls of account {exchange.account!r}"
        remedy = f"wait until its quota is restored, and let nobody else use the key of account {exchange.account!r}"
    message = f"{exchange.told}, within the documented rate limits"
    return Throttled(message, remedy, root=f"{calls} {THROTTLED}")


def _lost(exchange: Exchange) -> Inconclusive:
    told = exchange.told + (f" ({exchange.failure})" if exchange.response and exchange.failure else "")
    host = exchange.request.url.split("://", 1)[-1].partition("/")[0]
    if exchange.limit:
        root = f"answers of {exchange.operation or host} ran into a limit of the suite"
        return Inconclusive(told, "`gimg-conformance help limits` lists what is read", root=root)
    if exchange.status in GATEWAY:
        root = f"a gateway answered {exchange.status}"
        return Unreachable(told, "look at the gateway in front of the target", root=root)
    root = f"{host} broke off its answers" if exchange.response else f"{host} did not answer"
    return Unreachable(told, "check that it is up and reachable from here", root=root)


def must_be_whole(exchange: Exchange | None) -> None:
    """Raises Inconclusive when nothing can be said about this exchange."""
    if exchange is not None and (reason := spoilt(exchange)):
        raise reason
