"""Histories: promises of a single call that must hold after other calls as well (R10, R11, R12).

Some were chosen by hand (`conformance/cases/traces.toml`), the others by what they cover, as `--seed` draws them; an
item's id names the history and the step.
"""

from collections.abc import Callable

import pytest

from conformance.cases.histories import histories
from conformance.cases.traces import VERBS, Step
from conformance.checks import blocked_by, expect, expect_that
from conformance.checks.lifecycle import changed, left_its_end
from conformance.checks.outputs import file_of
from conformance.plan import requirement, runs_in
from conformance.plan.selection import in_section
from conformance.plan.settings import SETTINGS
from conformance.scenarios.traces import Replay
from conformance.world.life import generation_id, repeated_with

Replayed = Callable[[Step], Replay]
REFUSED = {"body": 400, "prompt": 422, "credits": 402, "credential": 401}
"""What a call that is wrong in this respect is answered."""
SHOWN_BY: dict[str, Callable[[Step], object]] = {
    "test_a_generation_is_found": lambda step: step.shows == "LIFE-1",
    "test_a_record_stays_as_it_was": lambda step: step.shows != "LIFE-1",
    "test_an_image_is_public": lambda step: step.shows == "OUT-7",
    "test_an_image_stays_the_same": lambda step: step.shows != "OUT-7",
    "test_what_is_wrong_is_refused": lambda step: step.name != "id",
    "test_an_unknown_id_is_not_found": lambda step: step.name == "id",
}
"""Which of a verb's steps a test judges, where there are several tests."""
certify = runs_in("certify")
NOT_RUN = pytest.param(None, id="left out", marks=[requirement("GEN-1"), certify])
"""Stands for the steps where there are none, since without any pytest makes an item that names no requirement."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each step with a test's verb that shows a requirement becomes an item."""
    for verb in {*VERBS} & {*metafunc.fixturenames}:
        included = in_section(metafunc.config, "traces", least="certify")
        found = histories(metafunc.config.stash[SETTINGS].seed) if included else ()
        wanted = SHOWN_BY.get(metafunc.function.__name__, bool)
        steps = [step for trace in found for step in trace.steps if step.verb == verb and step.shows and wanted(step)]
        metafunc.parametrize(verb, [_param(step) for step in steps] or [NOT_RUN])


def _param(step: Step) -> object:
    return pytest.param(step, id=f"{step.trace}, step {step.number}", marks=[requirement(step.shows), certify])


def test_a_call_makes_its_own_generation(replayed: Replayed, generate: Step) -> None:
    """Whatever was called before, a call with a new key, or none, is accepted and makes a generation of its own."""
    replay = replayed(generate)
    answer = replay.answer(generate)
    expect(answer).to_be_accepted()
    for other in replay.others(generate.name):
        expect_that(generation_id(answer), "the generation's id", answer).to_differ_from(other)


def test_a_repeat_gives_the_same_generation(replayed: Replayed, repeat: Step) -> None:
    """Whatever was called in between, a repeat is answered 200 or 202 with the first call's id."""
    replay = replayed(repeat)
    answer, wanted = replay.answer(repeat), replay.calls[repeat.name].id
    expect_that(repeated_with(answer), "the generation of an answer 200 or 202", answer).to_equal(wanted)


def test_another_body_makes_no_new_generation(replayed: Replayed, change: Step) -> None:
    """A used key with another body, valid or not, is answered with the existing generation or a 4xx."""
    replay = replayed(change)
    answer, wanted = replay.answer(change), replay.calls[change.name].id
    found = "a 4xx" if 400 <= answer.status < 500 else repeated_with(answer)
    expect_that(found, "the generation of an answer 200 or 202", answer).to_be_one_of([wanted, "a 4xx"])


def test_a_generation_is_found(replayed: Replayed, look: Step) -> None:
    """Whatever was called meanwhile, a generation is found."""
    expect(replayed(look).answer(look)).to_be_answered(200)


def test_a_record_stays_as_it_was(replayed: Replayed, look: Step) -> None:
    """Whatever was called meanwhile, the record of a generation that is over stays as it was."""
    replay = replayed(look)
    answer = replay.answer(look)
    expect(answer).must_be_answered("LIFE-1", 200)
    end = replay.lives[look.name].end
    blocked_by("LIFE-7", "depends on a status that stays", when=left_its_end(end, answer) is not None)
    told = changed(end, answer)
    expect_that(None, "the record", answer, [end]).to_hold(not told, *(told or ("the same",)))


def test_anothers_generation_is_refused(replayed: Replayed, poll: Step) -> None:
    """The id of another account's generation is answered 404 or 403, whatever both did before."""
    expect(replayed(poll).answer(poll)).to_be_answered(404, 403)


def test_an_image_is_public(replayed: Replayed, download: Step) -> None:
    """Whatever was called meanwhile, an image is served without credentials."""
    expect(replayed(download).answer(download)).to_be_answered(200)


def test_an_image_stays_the_same(replayed: Replayed, download: Step) -> None:
    """Whatever was called meanwhile, the bytes of an image are those of its first download."""
    replay = replayed(download)
    answer = replay.answer(download)
    first = replay.before(download)
    for each in (first, answer):
        expect(each).must_be_answered("OUT-7", 200)
    one, two = (found.sha256 if (found := file_of(each)) else "" for each in (first, answer))
    blocked_by("OUT-7", "depends on two downloads", when=not (one and two))
    expect_that(two, "the digest of the bytes", answer).to_equal(one)


def test_what_is_wrong_is_refused(replayed: Replayed, refuse: Step) -> None:
    """Whatever was called before, a call that is wrong in one respect is refused as it always is."""
    expect(replayed(refuse).answer(refuse)).to_be_answered(REFUSED[refuse.name])


def test_an_unknown_id_is_not_found(replayed: Replayed, refuse: Step) -> None:
    """Whatever was called before, an id that nobody has is not found."""
    expect(replayed(refuse).answer(refuse)).not_to_be_found()
