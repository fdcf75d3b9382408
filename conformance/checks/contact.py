"""Whether what answers is this API at all: when it is not, there is one thing to say, and nothing else to judge."""

from collections.abc import Sequence

from conformance.evidence import Exchange

ABSENT = frozenset({404, 405, 501})
"""What a server answers where it has no such path or method."""
_OF_THE_API = frozenset({400, 401, 402, 422, 429})


def is_of_the_api(exchange: Exchange) -> bool:
    """Whether the response bears a sign of this API; any other server would hardly answer so by accident."""
    limits = exchange.header("x-ratelimit-limit") or exchange.header("x-ratelimit-remaining")
    accepted = 200 <= exchange.status < 300 and isinstance(exchange.json, dict)
    return bool(limits) or exchange.status in _OF_THE_API or accepted


def is_broken(exchange: Exchange) -> bool:
    """Whether the server failed; a 501 says that there is no such method."""
    return exchange.status >= 500 and exchange.status not in ABSENT


def is_another_server(evidence: Sequence[Exchange]) -> bool:
    """Whether answers came, and none of them is this API's, nor that of a server which broke down."""
    return not any(is_of_the_api(exchange) or is_broken(exchange) for exchange in evidence)


def worth_judging(evidence: Sequence[Exchange]) -> Sequence[Exchange]:
    """All of the evidence; of a server that never answers like this API, its breakdowns alone."""
    if any(is_of_the_api(exchange) for exchange in evidence):
        return evidence
    return [exchange for exchange in evidence if is_broken(exchange)]
