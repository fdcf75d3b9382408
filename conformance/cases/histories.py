"""Histories that are drawn from the model of customers, and chosen by what they cover that others do not.

A history covers what it looks at after what: each judged step after each earlier one, or two, with how they hang
together. Most bugs that a history reveals take no more. Choosing takes longer than reading, so that the histories of
the seed that runs have by themselves are kept in `histories.json`.
"""

import json
import random
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path

from conformance.cases.customers import BROKE, OTHER, PRIMARY, Customers, Event
from conformance.cases.kept import kept, text_of
from conformance.cases.traces import Trace, row_of, trace_of, traces
from conformance.plan.settings import SEED

KEPT = Path(__file__).with_name("histories.json")
BUDGET = {PRIMARY: 8, OTHER: 60, BROKE: 4}
"""Requests that all histories together may take of each account."""
CANDIDATES = 2000
LENGTH = 14
"""Steps of a history at most."""
AMONG = ((OTHER,), (OTHER,), (OTHER, PRIMARY))
"""Whose histories are drawn: another account's requests are cheaper than those of the primary."""
COST = {"end": 2, "put": 0, "download": 0}
"""Requests of a step, where it is not one; a file is not fetched under a key. A first poll seldom sees the end."""
FINDS = "what goes wrong only after some other call"
WEIGHTS = {"after": 3, "next": 2, "after both": 1}
"""What a pair counts, one whose steps follow each other, and a triple."""

Feature = tuple[str, ...]


@dataclass(frozen=True)
class History:
    """`covers` is what it shows: pairs and triples of events, in words."""

    events: tuple[Event, ...]
    covers: frozenset[Feature]
    cost: Counter[str]
    """Requests, by account."""

    def gain(self, covered: Container[Feature]) -> float:
        """How much it adds to what is covered, for each of its requests."""
        new = sum(WEIGHTS[feature[0]] for feature in self.covers if feature not in covered)
        return new / (1 + self.cost.total())


@cache
def histories(seed: int) -> tuple[Trace, ...]:
    """The traces that are replayed: those chosen by hand, and those of the seed."""
    lists = kept(KEPT) if seed == SEED else None
    if lists is None:
        return (*traces(), *(_trace(number, history) for number, history in enumerate(chosen(seed), 1)))
    return (*traces(), *(trace_of(name, FINDS, rows) for name, rows in lists.items()))


@cache
def chosen(seed: int) -> tuple[History, ...]:
    """The histories of a seed, best first: as many as the budget allows. A pure function of the seed."""
    pool, covered, left, found = drawn(seed), set[Feature](), Counter(BUDGET), list[History]()
    while fitting := [one for one in pool if one.cost <= left]:
        best = max(fitting, key=lambda one: one.gain(covered))
        if best.covers <= covered:
            break
        found.append(best)
        covered |= best.covers
        left -= best.cost
    return tuple(found)


def written() -> str:
    """The content of the kept file as it should be: by the history's name, one step on a line."""
    found = [_trace(number, history) for number, history in enumerate(chosen(SEED), 1)]
    return text_of({trace.name: [json.dumps(row_of(step)) for step in trace.steps] for trace in found})


def drawn(seed: int, count: int = CANDIDATES) -> list[History]:
    """Candidates: what customers might do, one call after another."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    return [_history(_draw(chance, chance.choice(AMONG))) for _ in range(count)]


def features(events: Sequence[Event]) -> Iterator[Feature]:
    """Each judged step with one of those before it, or with two of which one is of the same generation or account.

    What is refused is refused after anything, and is not looked at.
    """
    for place, last in enumerate(events):
        if not last.step.shows or last.step.verb == "refuse":
            continue
        before = [_tie(one, last) for one in events[:place]]
        nearest = "same" if any(tie[1] == "same" for tie in before) else "own"
        yield from (("after", *tie, last.view) for tie in before)
        yield from (("next", *tie, last.view) for tie in before[-1:])
        pairs = combinations(before, 2)
        yield from (("after both", *one, *two, last.view) for one, two in pairs if nearest in {one[1], two[1]})


def _tie(one: Event, last: Event) -> tuple[str, str]:
    """An earlier event, and how it hangs together with the last: by what it is about, or else by whose it is."""
    names = {last.step.name, *last.step.inputs}
    if (one.step.verb != "refuse" and one.step.name in names) or names & {*one.step.inputs}:
        return one.kind, "same"
    return one.kind, "own" if one.on == last.on else "another's"


def _draw(chance: random.Random, among: tuple[str, ...]) -> list[Event]:
    """A step of each verb is as likely as one of another; what nobody looks at after it is left off."""
    customers, events = Customers(among), list[Event]()
    for _ in range(LENGTH):
        possible = customers.possible()
        verb = chance.choice(sorted({event.step.verb for event in possible}))
        events.append(chance.choice([event for event in possible if event.step.verb == verb]))
        customers.do(events[-1])
    while not events[-1].step.shows:
        events.pop()
    return events


def _history(events: Sequence[Event]) -> History:
    return History(tuple(events), frozenset(features(events)), _cost(events))


def _cost(events: Sequence[Event]) -> Counter[str]:
    """By account; at the end each account waits until its last generation is over."""
    cost, at_work = Counter[str](), dict[str, set[str]]()
    for event in events:
        step = event.step
        cost[step.on] += COST.get(step.verb, 0 if step.name == "credential" else 1)
        if step.verb == "generate":
            at_work.setdefault(step.on, set()).add(step.name)
        if step.verb == "end":
            at_work[step.on].discard(step.name)
    cost.update({on: COST["end"] for on, names in at_work.items() if names})
    return cost


def _trace(number: int, history: History) -> Trace:
    name = f"history {number}"
    steps = (replace(event.step, trace=name, number=place) for place, event in enumerate(history.events, 1))
    return Trace(name, FINDS, tuple(steps))
