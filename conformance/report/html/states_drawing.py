"""The states of the generations, as polling showed them: generations that went the same way are one line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import unquote, urlsplit

from conformance.evidence import Exchange
from conformance.report.html.axis import Axis, Tick, seconds

MOST_WAYS, MOST_POLLS, MOST_IDS, LONGEST_ID = 24, 40, 3, 60
ENDED = ("succeeded", "failed", "blocked")
KNOWN = ("queued", "running", *ENDED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one state, from the first poll that showed it to the first that showed another, in per cent."""

    state: str
    kind: str
    """The state where it is a documented one, else "unknown"."""
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Way:
    """Generations that went through the same states; the times are those of the first one."""

    states: tuple[str, ...]
    count: int
    ids: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    polls: tuple[float, ...]
    odd: bool
    """A state came after an end, or again after another, or is not documented."""
    lasted: str


@dataclass(frozen=True, slots=True)
class States:
    """The drawing. `generations` is their number, `more` that of the ways left out."""

    ways: tuple[Way, ...]
    ticks: tuple[Tick, ...]
    generations: int
    more: int


Seen = list[tuple[float, str]]
"""Seconds of the target's clock, where it has one, and the state."""


def states(found: Mapping[str, Seen]) -> States | None:
    """Of these generations, by id. None where none was polled."""
    ways = defaultdict[tuple[str, ...], list[str]](list)
    for id_, polls in found.items():
        ways[tuple(state for state, _ in groupby(state for _, state in polls))].append(id_)
    if not ways:
        return None
    ordered = sorted(ways.items(), key=lambda way: (not _is_odd(way[0]), -len(way[1])))
    chosen = ordered[:MOST_WAYS]
    axis = Axis(max(_span(found[ids[0]]) for _, ids in chosen) * 1.1 or 1.0, by_roots=True)
    drawn = tuple(_way(path, ids, found[ids[0]], axis) for path, ids in chosen)
    return States(drawn, tuple(axis.ticks(seconds)), len(found), len(ordered) - len(chosen))


def seen(evidence: Iterable[Exchange]) -> dict[str, Seen]:
    """The polls of each generation, in order of time, from the answer that made it on."""
    found = defaultdict[str, Seen](list)
    for exchange in evidence:
        if exchange.operation == "generate" and exchange.status in {200, 202}:
            id_, state = exchange.member("generationId"), exchange.member("status")
        elif exchange.operation == "generation" and exchange.status == 200:
            id_ = unquote(urlsplit(exchange.request.url).path.rpartition("/")[2])
            state = exchange.member("status")
        else:
            continue
        if isinstance(id_, str) and isinstance(state, str):
            at = exchange.started if exchange.clock is None else exchange.clock
            found[id_[:LONGEST_ID]].append((at, state[:LONGEST_ID]))
    return found


def _span(polls: Seen) -> float:
    return polls[-1][0] - polls[0][0]


def _is_odd(path: Sequence[str]) -> bool:
    order = [KNOWN.index(state) if state in KNOWN else -1 for state in path]
    return -1 in order or order != sorted(order) or sum(state in ENDED for state in path) > 1


def _way(path: tuple[str, ...], ids: Sequence[str], polls: Seen, axis: Axis) -> Way:
    begin, stretches = polls[0][0], list[Stretch]()
    starts = [
        (at - begin, state) for place, (at, state) in enumerate(polls) if not place or polls[place - 1][1] != state
    ]
    ends = [*(at for at, _ in starts[1:]), axis.end]
    for (at, state), end in zip(starts, ends, strict=True):
        kind = state if state in KNOWN else "unknown"
        stretches.append(Stretch(state, kind, axis(at), round(axis(end) - axis(at), 2)))
    dots = tuple(dict.fromkeys(axis(at - begin) for at, _ in polls[:MOST_POLLS]))
    last = starts[-1][0] if starts[-1][1] in ENDED else _span(polls)
    return Way(path, len(ids), tuple(ids[:MOST_IDS]), tuple(stretches), dots, _is_odd(path), seconds(last))
