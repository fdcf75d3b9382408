"""Adds to what a check knows of a deviation in which answers it was seen."""

from collections.abc import Sequence
from dataclasses import replace

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
    first, where = exchanges[0], dict.fromkeys(map(_where, exchanges))
    return replace(
        known, where=tuple(filter(None, where)), status=first.status, probe=first.probe, no_json=_no_json(first)
    )


def _where(exchange: Exchange) -> str:
    operation = load().operations.get(exchange.operation)
    if operation:
        return f"{operation.method} {operation.path}"
    return DOWNLOAD if OUTPUT in exchange.tags else ""


def _no_json(exchange: Exchange) -> bool:
    operation = load().operations.get(exchange.operation)
    return operation is not None and operation.takes_body and exchange.request.json is None
