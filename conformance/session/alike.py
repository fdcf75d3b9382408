"""What the exchanges that a check of all traffic found wrong have in common, and how many there were of their kind."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from conformance.checks.outputs import FORMATS, OUTPUT
from conformance.evidence import Exchange

ORDERED = ("type", "quality", "size", "n")
"""Fields of an order that a mistake may depend on."""


def told(wrong: Collection[Exchange], every: Iterable[Exchange]) -> str:
    """In words: "106 of the 1,659 answers 200 of generation, all with type edit". Empty for a single exchange."""
    if len(wrong) < 2:
        return ""
    known = list(every)
    for kind_of in (_answers, _kind):
        kind = _shared(wrong, kind_of)
        alike = [exchange for exchange in known if kind_of(exchange) == kind] if kind else known
        if len(alike) > len(wrong):
            break
    number = f"{len(wrong):,} of the {len(alike):,} {kind}" if len(alike) > len(wrong) else f"all {len(wrong):,} {kind}"
    number = number if kind else f"{len(wrong):,} like it"
    return ", ".join((number, *_in_common(wrong, alike)))


def _in_common(wrong: Collection[Exchange], alike: Collection[Exchange]) -> Iterable[str]:
    """What all that are wrong share, and not all of their kind."""
    for name, of in FACETS.items():
        value = _shared(wrong, of)
        if value and _shared(alike, of) != value:
            yield f"all {name} {value}"


def _shared(exchanges: Iterable[Exchange], of: Callable[[Exchange], str]) -> str:
    """What it is for all of them; empty where it differs."""
    found = {of(exchange) for exchange in exchanges}
    return found.pop() if len(found) == 1 else ""


def _answers(exchange: Exchange) -> str:
    if exchange.response is None or not (kind := _kind(exchange)):
        return ""
    return f"{kind} answered {exchange.status}"


def _kind(exchange: Exchange) -> str:
    return "downloads" if OUTPUT in exchange.tags else f"calls of {exchange.operation}" if exchange.operation else ""


def _format(exchange: Exchange) -> str:
    return next((kind for kind in FORMATS if kind in exchange.tags), "")


def _order(name: str) -> Callable[[Exchange], str]:
    """A field of what was ordered, or of the record of it."""

    def of(exchange: Exchange) -> str:
        body: Any = exchange.request.json if exchange.operation == "generate" else exchange.json
        value = body.get(name) if isinstance(body, Mapping) else None
        return str(value)[:40] if isinstance(value, str | int) and not isinstance(value, bool) else ""

    return of


FACETS: Mapping[str, Callable[[Exchange], str]] = {
    "of account": lambda exchange: exchange.account,
    "of the format": _format,
    **{f"with {name}": _order(name) for name in ORDERED},
}
"""Each of what exchanges may share, in words before its value."""
