"""Idempotency keys of any form, on any connection, on two operations, at once, and after a client has gone (R10-R12).

A server may refuse keys that are too long for it, or have characters that it does not know, with a clear 4xx.
"""

from collections.abc import Mapping
from itertools import combinations

import pytest

from conformance.checks import blocked_by, expect, expect_that, not_applicable, not_tested
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.idempotency import made
from conformance.scenarios.idempotency_keys import (
    CONFLICT,
    Alike,
    AtOnce,
    Elsewhere,
    Gone,
    TwoOperations,
    accepted,
    unnamed,
)
from conformance.world.life import generation_id, repeated_with

KINDS = {
    "very long": "random",
    "long": "random",
    "with marks": "punctuation",
    "beyond ASCII": "non-ascii",
    "numbers": "",
}
"""Keys that are alike, and the axis along which they are tried."""

of_any_kind = pytest.mark.parametrize(
    "kind", [*(pytest.param(kind, marks=along(axis)) for kind, axis in KINDS.items()), "numbers"]
)


def to_be_served_or_refused(call: Exchange) -> None:
    """A 2xx or a 4xx."""
    expect_that(call.status, "the status", call).to_satisfy(lambda status: 200 <= status < 500, "2xx or 4xx")


@requirement("IDEM-1")
@runs_in("certify")
@of_any_kind
def test_a_key_of_any_form_is_served_or_refused(alike: Mapping[str, Alike], kind: str) -> None:
    """A fresh key of many random characters, with marks or percent-encoded text draws a 2xx or a 4xx."""
    for call in alike[kind].calls:
        to_be_served_or_refused(call)


@requirement("IDEM-2")
@runs_in("certify")
@of_any_kind
def test_a_key_of_any_form_is_remembered(alike: Mapping[str, Alike], kind: str) -> None:
    """Where such a key is accepted, a repeat is answered 200 or 202 with the first call's id."""
    first, again = alike[kind].calls[0], alike[kind].repeat
    not_applicable(f"such a key is refused ({first.told})", when=again is None)
    wanted = made(first, "IDEM-1")
    expect_that(repeated_with(again or first), "the generation of an answer 200 or 202", again).to_equal(wanted)


@requirement("IDEM-12")
@runs_in("certify")
@of_any_kind
def test_keys_that_are_almost_alike_are_different(alike: Mapping[str, Alike], kind: str) -> None:
    """Keys that differ behind character 255, in a mark, in a letter beyond ASCII, or in a zero make generations."""
    calls = alike[kind].calls
    for call in calls:
        expect_that(call.status, "the status", call).to_differ_from(CONFLICT)
    served = [call for call in calls if accepted(call)]
    not_applicable(f"such keys are refused ({calls[0].told})", when=len(served) < 2)
    for one, two in combinations(served, 2):
        found = made(two, "IDEM-1")
        expect_that(found, "the generation's id", two, [one]).to_differ_from(made(one, "IDEM-1"))


@requirement("IDEM-1")
@runs_in("certify")
@along("operation")
def test_the_key_of_an_upload_makes_a_generation(two_operations: TwoOperations) -> None:
    """A key that an upload has used makes a generation that can be polled, or is refused with a clear 4xx."""
    call, polls, control = two_operations.life.accepted, two_operations.life.polls, two_operations.control.polls
    to_be_served_or_refused(call)
    not_applicable(f"keys are one for both operations ({call.told})", when=not accepted(call))
    blocked_by("GEN-41", f"depends on an id that was not given: {call.told}", when=unnamed(call))
    expect_that(generation_id(call), "the generation's id", call, about="body.generationId").to_be_a_string()
    for poll in control[:1]:
        expect(poll).must_be_answered("LIFE-1", 200)
    expect(polls[0]).to_be_answered(200)


@requirement("IDEM-1")
@runs_in("certify")
@along("client-gone")
def test_a_call_that_broke_off_can_be_repeated(broken_off: Gone) -> None:
    """When a call broke off in its body, its repeat is served within a minute; 409 is allowed until then."""
    expect(broken_off.repeat).to_be_accepted()


@requirement("IDEM-2")
@runs_in("certify")
@along("client-gone")
@pytest.mark.parametrize("when", ["in its body", "before the answer"])
def test_a_call_of_a_client_that_left_is_remembered(broken_off: Gone, not_awaited: Gone, when: str) -> None:
    """When a client did not wait, repeats are answered within a minute, all with one generation's id."""
    gone = broken_off if when == "in its body" else not_awaited
    expect(gone.repeat).must(when == "before the answer" or accepted(gone.repeat), "a 2xx status", "IDEM-1")
    told = f"depends on ids, of which a call that was not repeated got none: {broken_off.repeat.told}"
    blocked_by("GEN-41", told, when=unnamed(broken_off.repeat))
    found, what = generation_id(gone.repeat), "the generation of an answer 200 or 202"
    named = bool(found) and repeated_with(gone.repeat) == found
    expect_that(repeated_with(gone.repeat), what, gone.repeat).to_hold(named, f"{what}, told by its id")
    expect_that(repeated_with(gone.again), what, gone.again).to_equal(found)


@requirement("IDEM-8")
@runs_in("certify")
@along("at-once")
def test_another_body_at_the_same_time_makes_no_other_generation(at_once: AtOnce) -> None:
    """Of two calls at once with one key and two bodies, one makes the generation; the other gets it or a 4xx."""
    calls = (at_once.first, at_once.another_body)
    for call in calls:
        to_be_served_or_refused(call)
    ids = {made(call, "IDEM-1") for call in calls if accepted(call)}
    expect_that(len(ids), "the number of generations", at_once.another_body).to_be_between(0, 1)


@requirement("IDEM-12")
@runs_in("certify")
@along("at-once")
def test_another_key_at_the_same_time_makes_its_own_generation(at_once: AtOnce) -> None:
    """Two keys at once are both served, and make two generations."""
    expect(at_once.another_key).to_be_accepted()
    for call in filter(accepted, (at_once.first, at_once.another_body)):
        found = made(at_once.another_key, "IDEM-1")
        expect_that(found, "the generation's id", at_once.another_key).to_differ_from(made(call, "IDEM-1"))


@requirement("IDEM-10")
@runs_in("certify")
@along("at-once")
def test_another_account_at_the_same_time_makes_its_own_generation(at_once: AtOnce) -> None:
    """One key of two accounts at once: each is served, and makes its own generation."""
    call = at_once.another_account
    not_tested("needs the account 'other'", 'add [accounts.other] key = "…" to the target file', when=call is None)
    for answer in filter(None, [call]):
        expect(answer).to_be_accepted()
        for own in filter(accepted, (at_once.first, at_once.another_body)):
            found = made(answer, "IDEM-10")
            expect_that(found, "the generation's id", answer).to_differ_from(made(own, "IDEM-1"))


@requirement("IDEM-2")
@runs_in("certify")
@along("worker")
def test_a_repeat_on_any_connection_gives_the_same_generation(elsewhere: Elsewhere) -> None:
    """Repeats on connections of their own, which other workers may get, are answered with the first call's id."""
    wanted = made(elsewhere.first, "IDEM-1")
    for repeat in elsewhere.repeats:
        expect_that(repeated_with(repeat), "the generation of an answer 200 or 202", repeat).to_equal(wanted)
