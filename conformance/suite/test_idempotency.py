"""冪等性: a repeated Idempotency-Key is answered with the existing generation (R10, R11, R12)."""

from collections.abc import Mapping

import pytest

from conformance.checks import expect, expect_that, not_applicable, not_tested
from conformance.checks.expect import Value
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.idempotency import Pair, Race, SharedKey, Story, made
from conformance.world import Life
from conformance.world.fixtures import Observe
from conformance.world.life import generation_id, repeated_with

RECORD_FIELDS = ("id", "status", "type", "outputs", "error", "costCredits", "createdAt", "completedAt")


def the_id_of(exchange: Exchange, *others: Exchange) -> Value:
    """Begin a sentence about the generation that a call was answered with, beside those that others were."""
    return expect_that(generation_id(exchange), "the generation's id", exchange, others)


def the_generation_of(repeat: Exchange, first: Exchange) -> Value:
    """Begin a sentence about the generation that a repeat was answered with; another status names none."""
    what = "the generation of the first call, in an answer 200 or 202:"
    return expect_that(repeated_with(repeat), what, repeat, [first])


@requirement("IDEM-1")
def test_a_fresh_key_is_accepted(story: Story) -> None:
    """A call with a key that was never used before is accepted."""
    expect(story.first).to_be_accepted()


@requirement("IDEM-2")
def test_a_repeat_gives_the_same_generation(story: Story) -> None:
    """The same call again is answered 200 or 202 with the first generation's id."""
    the_generation_of(story.repeat, story.first).to_equal(story.id)


@requirement("IDEM-5")
def test_a_repeat_after_the_end_gives_the_same_generation(story: Story) -> None:
    """The same call after the generation has ended is answered 200 or 202 with its id."""
    wanted, _ = story.id, story.life.end
    the_generation_of(story.late_repeat, story.first).to_equal(wanted)


@requirement("IDEM-5")
@runs_in("certify")
@waits
def test_a_repeat_long_after_gives_the_same_generation(much_later_repeat: Exchange, story: Story) -> None:
    """The same call twelve minutes later is answered 200 or 202 with its id: keys do not expire."""
    the_generation_of(much_later_repeat, story.first).to_equal(story.id)


@requirement("IDEM-4")
def test_a_repeat_does_not_start_the_generation_again(story: Story) -> None:
    """The record of an ended generation is the same after repeats as before."""
    before, after = story.life.end, story.after
    expect(after).must_be_answered("LIFE-1", 200)
    for name in RECORD_FIELDS:
        found = expect_that(after.member(name), f"{name} after a repeat", after, [before], about=f"body.{name}")
        found.to_equal(before.member(name), "before")


@requirement("IDEM-6")
@along("at-once")
def test_simultaneous_calls_make_one_generation(race: Race) -> None:
    """All accepted calls of several simultaneous ones with one key name the same generation."""
    made, told = race.generations, f"{len(race.calls)} simultaneous calls with one key"
    expect_that(made, "generations", race.odd_one, race.accepted).to_hold(
        len(made) == 1, f"{told} made 1 generation", f"{told} made {len(made)} generations: {', '.join(made)}"
    )


@requirement("IDEM-7")
def test_simultaneous_calls_are_answered_with_it(race: Race) -> None:
    """Each is answered 200 or 202; 409 is allowed while the first call is unanswered."""
    _ = race.id
    for call in race.calls:
        expect(call).to_be_answered(200, 202, 409)
    expect(race.late_repeat).to_be_answered(200, 202)


@requirement("IDEM-8")
@pytest.mark.parametrize("when", ["changed", "late_changed"], ids=["at work", "over"])
def test_another_body_makes_no_new_generation(story: Story, when: str) -> None:
    """The key with another body is answered with the existing generation or a 4xx."""
    wanted: str = story.id
    answer: Exchange = getattr(story, when)
    found = "a 4xx" if 400 <= answer.status < 500 else repeated_with(answer)
    what = "the generation of an answer 200 or 202"
    expect_that(found, what, answer, [story.first]).to_be_one_of([wanted, "a 4xx"])


@requirement("IDEM-10")
def test_another_account_makes_its_own_generation(shared_key: SharedKey, story: Story) -> None:
    """The same key from another account is accepted; neither that call nor its repeat names the first generation."""
    expect(shared_key.first).to_be_accepted()
    for answer in (shared_key.first, shared_key.repeat):
        the_id_of(answer).to_differ_from(story.id)


@requirement("IDEM-10")
@along("account")
def test_an_account_is_not_given_the_others_generation(shared_key: SharedKey, story: Story) -> None:
    """The first account's repeat does not name the generation that another account made with the key."""
    expect(shared_key.first).must(shared_key.id != story.id, "a generation of its own", "IDEM-10")
    the_id_of(shared_key.owner).to_differ_from(shared_key.id)


@requirement("IDEM-11")
def test_another_account_learns_nothing(shared_key: SharedKey, story: Story) -> None:
    """No answer to either account shows a generation of the other account."""
    secrets = [story.id, *_urls(story.life)]
    for answer in (shared_key.first, shared_key.repeat, *([shared_key.poll] if shared_key.poll else [])):
        expect(answer).not_to_show(secrets, "the first account's generation")


def _urls(life: Life) -> list[str]:
    entries = (life.over.member("outputs") if life.over else None) or []
    return [str(entry.get("png")) for entry in entries if isinstance(entry, dict) and entry.get("png")]


@requirement("IDEM-12")
def test_different_keys_make_different_generations(story: Story) -> None:
    """Two keys that differ in one character make two generations of equal bodies."""
    wanted = story.id
    expect(story.neighbour).to_be_accepted()
    the_id_of(story.neighbour).to_differ_from(wanted)


@requirement("IDEM-12")
@runs_in("certify")
def test_the_case_of_a_key_matters(uppercased_key: Exchange, story: Story) -> None:
    """Two keys that differ in the case of their letters make two generations."""
    expect(uppercased_key).to_be_accepted()
    the_id_of(uppercased_key).to_differ_from(story.id)


@requirement("IDEM-12")
@runs_in("certify")
def test_the_end_of_a_long_key_matters(long_keys: Pair) -> None:
    """Two keys of 200 characters that differ in the last one make two generations, if such long keys are accepted."""
    one, two = long_keys
    not_applicable(f"a key of 200 characters is refused ({one.told})", when=400 <= one.status < 500)
    wanted = made(one, "IDEM-1")
    expect(two).to_be_accepted()
    the_id_of(two, one).to_differ_from(wanted)


@requirement("AUTH-1")
def test_a_repeat_needs_a_credential(repeat_without_credential: Exchange) -> None:
    """A repeat without an Authorization header is answered 401."""
    expect(repeat_without_credential).to_be_answered(401)


@requirement("IDEM-2")
@runs_in("certify")
@pytest.mark.parametrize("kind", ["several images", "high quality", "an edit", "a failed one", "a blocked one"])
@along("order")
def test_a_repeat_of_any_kind_is_the_same_generation(repeats_by_kind: Mapping[str, Pair], kind: str) -> None:
    """A repeat is answered with the first generation, whatever it asked for and however it ended."""
    hint = 'add failed = "…" and blocked = "…" to [prompts]'
    not_tested(f"needs a prompt for {kind}", hint, when=kind not in repeats_by_kind)
    first, again = repeats_by_kind[kind]
    wanted = made(first, "IDEM-1")
    the_generation_of(again, first).to_equal(wanted)


@requirement("IDEM-13")
@runs_in("certify")
def test_without_a_key_nothing_is_a_repeat(calls_without_key: Pair, story: Story) -> None:
    """A call without a key is not answered with what an equal one with a key had made.

    That no two calls without a key share a generation is judged on all calls of the run.
    """
    for call in calls_without_key:
        expect_that(made(call, "GEN-1"), "the generation's id", call).to_differ_from(story.id)


@requirement("IDEM-14")
@runs_in("certify")
def test_a_key_whose_first_call_was_refused(key_after_400: Exchange, observe: Observe) -> None:
    """The answer to a valid call with a key whose first call was invalid is recorded, not judged."""
    observe("R11", f"a key whose first call was refused is answered {key_after_400.status} the next time")


@requirement("IDEM-15")
@runs_in("certify")
def test_a_key_on_upload(upload_repeats: Pair, observe: Observe) -> None:
    """Whether upload uses the key is recorded, not judged."""
    one, two = upload_repeats
    same = one.member("key") == two.member("key")
    observe("R12", f"a repeated key on upload gives {'the same' if same else 'another'} upload")
