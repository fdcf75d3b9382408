"""What all polls of a generation say together: transitions are judged, not samples (R19, R23, R37)."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from conformance.checks.expect import shown
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.evidence import Exchange

TERMINAL = frozenset({"succeeded", "failed", "blocked"})
ORDER = {"queued": 0, "running": 1, "succeeded": 2, "failed": 2, "blocked": 2}

Pair = tuple[Exchange, Exchange]
Told = tuple[str, str]
"""Expected, received."""


def asked_for(poll: Exchange) -> str:
    """The id in the path of a poll."""
    return unquote(poll.request.url.rpartition("/")[2])


def polls_by_generation(evidence: Evidence) -> dict[str, list[Exchange]]:
    """The polls answered 200 with a JSON object, by the id that was asked for, in order."""
    found: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in evidence:
        if exchange.operation == "generation" and exchange.status == 200 and isinstance(exchange.json, dict):
            found[asked_for(exchange)].append(exchange)
    return found


def _successive(evidence: Evidence) -> Iterator[Pair]:
    for polls in polls_by_generation(evidence).values():
        for before, after in pairwise(polls):
            if after.started >= before.ended:
                yield before, after


def _ruled(
    evidence: Evidence, requirement: str, *, when: Callable[[Pair], bool], wrong: Callable[[Pair], Told | None]
) -> Ruled:
    """Judge each pair of successive polls to which the requirement applies."""
    pairs = [pair for pair in _successive(evidence) if when(pair)]
    findings = tuple(Finding(requirement, *told, pair[1]) for pair in pairs if (told := wrong(pair)) is not None)
    return Ruled(frozenset({requirement} if pairs else ()), findings)


def never_back(evidence: Evidence) -> Ruled:
    """queued, running, then one terminal status; what was left is never seen again."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = (ORDER[e.member("status")] for e in pair)
        return None if new >= old else (f"no way back from {pair[0].member('status')}", str(pair[1].member("status")))

    def known(pair: Pair) -> bool:
        return all(e.member("status") in ORDER for e in pair) and pair[0].member("status") not in TERMINAL

    return _ruled(evidence, "LIFE-6", when=known, wrong=wrong)


def terminal_for_ever(evidence: Evidence) -> Ruled:
    """An ended generation keeps its status."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = (e.member("status") for e in pair)
        return None if new == old else (f"status {old} for ever", shown(new))

    return _ruled(evidence, "LIFE-7", when=_was_over, wrong=wrong)


def record_for_ever(evidence: Evidence) -> Ruled:
    """An ended generation keeps every field (its status is judged by LIFE-7, createdAt by LIFE-20)."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = ({k: v for k, v in e.json.items() if k not in {"status", "createdAt"}} for e in pair)
        changed = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
        if not changed:
            return None
        return f"the record of an ended generation unchanged: {_fields(old, changed)}", _fields(new, changed)

    def steady(pair: Pair) -> bool:
        return _was_over(pair) and pair[0].member("status") == pair[1].member("status")

    return _ruled(evidence, "LIFE-8", when=steady, wrong=wrong)


def created_once(evidence: Evidence) -> Ruled:
    """createdAt never changes."""

    def wrong(pair: Pair) -> tuple[str, str] | None:
        old, new = (e.member("createdAt") for e in pair)
        return None if old == new else (f"createdAt {old}, as before", shown(new))

    return _ruled(evidence, "LIFE-20", when=lambda _: True, wrong=wrong)


def echoes_the_id(evidence: Evidence) -> Ruled:
    """The id of a record is the id that was asked for."""
    polls = [p for group in polls_by_generation(evidence).values() for p in group if "id" in p.json]
    others = [p for p in polls if p.member("id") != asked_for(p)]
    wrong = tuple(Finding("LIFE-4", f"id {asked_for(p)}", shown(p.member("id")), p) for p in others)
    return Ruled(frozenset({"LIFE-4"} if polls else ()), wrong)


def _was_over(pair: Pair) -> bool:
    return pair[0].member("status") in TERMINAL


def _fields(record: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name} {shown(record.get(name))}" for name in names)
