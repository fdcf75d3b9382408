"""Adds to what a check knows of a deviation in which answers it was seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.checks.lifecycle import asked_for
from conformance.checks.outputs import OUTPUT
from conformance.checks.retries import failed
from conformance.checks.signatures import ID
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.evidence.symptom import Symptom
from conformance.verdict import Outcome

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


def with_deliveries(outcomes: Iterable[Outcome], arrived: Sequence[Attempt]) -> list[Outcome]:
    """The symptoms of what an attempt decided say whether its event had come as several deliveries by then."""
    by_event: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in arrived:
        by_event[attempt.endpoint, attempt.generation].append(attempt)
    decisive = {attempt.serial: attempt for attempt in arrived}
    return [
        replace(outcome, symptom=_of_event(outcome.symptom, one, by_event[one.endpoint, one.generation]))
        if (one := decisive.get(outcome.attempt))
        else outcome
        for outcome in outcomes
    ]


def _of_event(known: Symptom, decisive: Attempt, of_event: Sequence[Attempt]) -> Symptom:
    before = [attempt for attempt in of_event if attempt.number < decisive.number]
    ids = _each(attempt.header(ID) or "" for attempt in (*before, decisive))
    taken = any(attempt.ended and not failed(attempt) for attempt in before)
    return replace(known, deliveries=ids, taken=taken) if len(ids) > 1 else known


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
