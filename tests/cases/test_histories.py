"""Histories: the same for a seed, within the budget, and each of them covers what the others do not."""

import json
import random
from collections import Counter

import pytest

from conformance.cases.customers import AT_WORK, OTHER, PRIMARY, Customers, Event
from conformance.cases.histories import (
    BUDGET,
    CANDIDATES,
    KEPT,
    LENGTH,
    Feature,
    History,
    chosen,
    drawn,
    features,
    histories,
    written,
)
from conformance.cases.traces import Step, row_of, trace_of, traces
from conformance.plan.settings import SEED

PAIRS = 220
"""Pairs that the histories which are kept cover at least, of about 1200 that there are."""


def event(verb: str, name: str, *, on: str = OTHER, shows: str = "", inputs: tuple[str, ...] = ()) -> Event:
    return Event(Step(on, verb, name, inputs=inputs, shows=shows), verb)  # type: ignore[arg-type]


def covered(found: tuple[History, ...]) -> set[Feature]:
    return set[Feature]().union(*(history.covers for history in found))


def after(customers: Customers, verb: str, how: str = "") -> None:
    """The customers do the first of what is possible that is so."""
    customers.do(next(one for one in customers.possible() if one.step.verb == verb and how in one.kind))


def verbs(customers: Customers, name: str) -> set[str]:
    """What may be done to a generation."""
    return {one.step.verb for one in customers.possible() if one.step.name == name and one.on == OTHER}


def test_the_kept_histories_are_those_of_the_seed() -> None:
    assert KEPT.read_text(encoding="utf-8") == written(), "write it again: python -m conformance.cases"


def test_the_same_seed_gives_the_same_and_another_gives_others() -> None:
    one, two, other = drawn(7, 5), drawn(7, 5), drawn(8, 5)

    assert one == two
    assert not [history for history in one if history in other]


def test_those_chosen_by_hand_come_first() -> None:
    found = histories(SEED)

    assert found[: len(traces())] == traces()
    assert len(found) == len(traces()) + len(chosen(SEED))


def test_they_stay_within_the_budget() -> None:
    cost = sum((history.cost for history in chosen(SEED)), Counter[str]())

    assert cost <= Counter(BUDGET)
    assert cost[OTHER] > BUDGET[OTHER] - LENGTH


def test_each_covers_what_those_before_it_do_not() -> None:
    found = chosen(SEED)

    assert all(history.covers - covered(found[:place]) for place, history in enumerate(found))
    assert len([feature for feature in covered(found) if feature[0] == "after"]) >= PAIRS


def test_what_is_chosen_covers_more_than_what_is_drawn_first() -> None:
    found, first = chosen(SEED), tuple(drawn(SEED, CANDIDATES // 100))[: len(chosen(SEED))]

    assert len(covered(found)) > len(covered(first))


def test_a_history_covers_what_it_looks_at_after_what() -> None:
    made, refused, look = event("generate", "heron"), event("refuse", "body"), event("look", "heron", shows="LIFE-1")

    assert set(features([made, refused, look])) == {
        ("after", "generate", "same", "look"),
        ("after", "refuse", "own", "look"),
        ("next", "refuse", "own", "look"),
        ("after both", "generate", "same", "refuse", "own", "look"),
    }


@pytest.mark.parametrize(
    ("one", "tie"),
    [
        (event("upload", "photo"), "same"),
        (event("refuse", "prompt", inputs=("photo",)), "same"),
        (event("refuse", "photo"), "own"),
        (event("upload", "sketch", on=PRIMARY), "another's"),
    ],
)
def test_how_two_steps_hang_together(one: Event, tie: str) -> None:
    edit = event("generate", "heron", shows="GEN-2", inputs=("photo",))

    assert ("after", one.kind, tie, "generate") in set(features([one, edit]))


def test_what_is_not_judged_covers_nothing() -> None:
    assert not list(features([event("generate", "heron"), event("look", "heron")]))
    assert not list(features([event("generate", "heron"), event("refuse", "body", shows="GEN-23")]))


def test_a_step_is_read_as_it_was_written() -> None:
    for trace in histories(SEED):
        rows = json.loads(json.dumps([row_of(step) for step in trace.steps]))
        assert trace_of(trace.name, trace.finds, rows) == trace


def test_nothing_is_repeated_that_had_no_key() -> None:
    customers = Customers((OTHER,))
    after(customers, "generate", "without a key")

    assert verbs(customers, "heron") == {"look", "end"}


def test_an_image_is_there_once_its_generation_is_over() -> None:
    customers = Customers((OTHER,))
    after(customers, "generate", "with a key")
    assert "download" not in verbs(customers, "heron")

    after(customers, "end")

    assert verbs(customers, "heron") == {"look", "repeat", "change", "download"}


def test_what_was_blocked_has_no_image() -> None:
    customers = Customers((OTHER,))
    after(customers, "generate", "blocked")
    after(customers, "end")

    assert verbs(customers, "heron") == {"look", "repeat", "change"}


def test_nobody_waits_while_a_place_for_a_file_grows_old() -> None:
    customers = Customers((OTHER,))
    after(customers, "generate", "with a key")
    after(customers, "upload")
    assert "end" not in verbs(customers, "heron")

    after(customers, "put")

    assert "end" in verbs(customers, "heron")


def test_an_edit_needs_the_bytes_of_its_image() -> None:
    customers = Customers((OTHER,))
    after(customers, "upload")
    assert not [one for one in customers.possible() if "an edit" in one.kind]

    after(customers, "put")

    assert [one.step.inputs for one in customers.possible() if "an edit" in one.kind] == [("photo",)]


def test_few_generations_are_at_work_at_the_same_time() -> None:
    for seed in range(20):
        chance, customers = random.Random(seed), Customers((OTHER, PRIMARY))  # noqa: S311 - repeatable
        for _ in range(LENGTH):
            customers.do(chance.choice(customers.possible()))
            assert all(len(customers.at_work(on)) <= AT_WORK for on in (OTHER, PRIMARY))


def test_a_shared_key_is_used_once_by_each() -> None:
    customers = Customers((OTHER, PRIMARY))
    after(customers, "generate", "with a key")
    shared = next(one for one in customers.possible() if "another's key" in one.kind)
    assert shared.on == PRIMARY

    customers.do(shared)

    assert not [one for one in customers.possible() if "another's key" in one.kind]
