"""Adds to what a check knows of a deviation in which answers it was seen."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.checks.lifecycle import asked_for
from conformance.checks.outputs import OUTPUT
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.evidence.symptom import Symptom

DELIVERY, DOWNLOAD = "a delivery", "a download"


def symptom_of(known: Symptom, seen: Sequence[Exchange | None], *, of_a_delivery: bool = False) -> Symptom:
    """The symptom with the answers that show it, the decisive one first; None: no exchange does."""
    if of_a_delivery:
        return replace(known, where=(DELIVERY,))
    exchanges = [exchange for exchange in seen if exchange is not None]
    if not exchanges:
        return known
    first = exchanges[0]
    return replace(
        known,
        where=_each(map(_where, exchanges)),
        status=first.status,
        probe=first.probe,
        generations=_each(map(_generation, exchanges)),
        no_json=_no_json(first),
    )


def _each(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, words)))


def _where(exchange: Exchange) -> str:
    operation = load().operations.get(exchange.operation)
    if operation:
        return f"{operation.method} {operation.path}"
    return DOWNLOAD if OUTPUT in exchange.tags else ""


def _generation(exchange: Exchange) -> str:
    if exchange.operation == "generation":
        return asked_for(exchange)
    made = exchange.member("generationId") if exchange.operation == "generate" else None
    return made if isinstance(made, str) else ""


def _no_json(exchange: Exchange) -> bool:
    operation = load().operations.get(exchange.operation)
    return operation is not None and operation.takes_body and exchange.request.json is None
