"""Joins the journals of all processes, and finds each outcome's exchanges in them."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from conformance.client.journal import ATTEMPTS, lines_of, write_lines
from conformance.evidence import Exchange, to_json
from conformance.verdict import Outcome

EVIDENCE_NAME = "evidence.jsonl"
ATTEMPTS_NAME = "attempts.jsonl"


def write_evidence(evidence: list[Exchange], directory: Path) -> None:
    """Write evidence.jsonl, each exchange with its position in the run as its number."""
    lines = [
        json.dumps(to_json(replace(exchange, number=number)), ensure_ascii=False)
        for number, exchange in enumerate(evidence)
    ]
    write_lines(directory / EVIDENCE_NAME, lines)


def join_attempts(directory: Path) -> None:
    """What arrived at the receivers of all processes, in order, as attempts.jsonl beside the journals' folder."""
    files = sorted(directory.glob(f"*{ATTEMPTS}"))
    lines = [line for file in files for line in lines_of(file) if line]
    if lines:
        ordered = sorted(lines, key=lambda line: float(json.loads(line)["arrived"]["monotonic"]))
        write_lines(directory.parent / ATTEMPTS_NAME, ordered)


def outcomes_with_evidence(outcomes: Iterable[tuple[Outcome, str]], evidence: list[Exchange]) -> list[Outcome]:
    """Each outcome with the numbers of its exchanges: the deciding one first, then those its test sent."""
    places = {f"{exchange.process}:{exchange.number}": number for number, exchange in enumerate(evidence)}
    by_test = defaultdict(list)
    for number, exchange in enumerate(evidence):
        by_test[exchange.test].append(number)
    found = []
    for outcome, place in outcomes:
        own = by_test[outcome.id]
        numbers = ([places[place]] if place in places else []) + [n for n in own if n != places.get(place)]
        found.append(replace(outcome, exchanges=tuple(numbers), requests=len(own)))
    return found
