"""What the endpoints of attempts are called: what each answers, as its registration was told."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.evidence import Exchange, parsed
from conformance.evidence.attempt import Attempt

_TOLD = "endpoint "
"""How the words of a registration begin."""


def names_of_endpoints(evidence: Iterable[Exchange], attempts: Iterable[Attempt]) -> Mapping[str, str]:
    """By the endpoint of an attempt, such as "endpoint-47": "endpoint that answers 410, then 422".

    The last part of the registered path is drawn anew for each, and found wherever a proxy may have moved it.
    """
    registered = {
        _end(url): exchange.probe
        for exchange in evidence
        if exchange.probe.startswith(_TOLD) and isinstance(url := _member(exchange, "url"), str)
    }
    found = ((attempt.endpoint, registered.get(_end(attempt.path))) for attempt in attempts)
    return {endpoint: name for endpoint, name in found if name}


def _member(exchange: Exchange, name: str) -> Any:
    body = parsed(exchange.request.body)
    return body.get(name) if isinstance(body, dict) else None


def _end(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
