"""Histories: promises of a single call that must hold after other calls as well (R10, R11, R12).

The histories are in `conformance/cases/traces.toml`; an item's id names the history and the step.
"""

from collections.abc import Callable

import pytest

from conformance.cases.traces import Step, Verb, traces
from conformance.checks import expect, expect_that
from conformance.plan import requirement, runs_in
from conformance.scenarios.traces import Replay
from conformance.world.life import generation_id, repeated_with

Replayed = Callable[[Step], Replay]


def steps(verb: Verb) -> pytest.MarkDecorator:
    """Every step with this verb that shows a requirement."""
    found = [step for trace in traces() for step in trace.steps if step.verb == verb and step.shows]
    certify = runs_in("certify")
    return pytest.mark.parametrize(
        "step",
        [
            pytest.param(step, id=f"{step.trace}, step {step.number}", marks=[requirement(step.shows), certify])
            for step in found
        ],
    )


@steps("generate")
def test_a_call_makes_its_own_generation(replayed: Replayed, step: Step) -> None:
    """Whatever was called before, a call with a new key, or none, is accepted and makes a generation of its own."""
    replay = replayed(step)
    answer = replay.answer(step)
    expect(answer).to_be_accepted()
    for other in replay.others(step.name):
        expect_that(generation_id(answer), "the generation's id", answer).to_differ_from(other)


@steps("repeat")
def test_a_repeat_gives_the_same_generation(replayed: Replayed, step: Step) -> None:
    """Whatever was called in between, a repeat is answered 200 or 202 with the first call's id."""
    replay = replayed(step)
    answer, wanted = replay.answer(step), replay.calls[step.name].id
    expect_that(repeated_with(answer), "the generation of an answer 200 or 202", answer).to_equal(wanted)


@steps("change")
def test_another_body_makes_no_new_generation(replayed: Replayed, step: Step) -> None:
    """A used key with another body, valid or not, is answered with the existing generation or a 4xx."""
    replay = replayed(step)
    answer, wanted = replay.answer(step), replay.calls[step.name].id
    found = "a 4xx" if 400 <= answer.status < 500 else repeated_with(answer)
    expect_that(found, "the generation of an answer 200 or 202", answer).to_be_one_of([wanted, "a 4xx"])


@steps("poll")
def test_anothers_generation_is_refused(replayed: Replayed, step: Step) -> None:
    """The id of another account's generation is answered 404 or 403, though both used the same key."""
    expect(replayed(step).answer(step)).to_be_answered(404, 403)
