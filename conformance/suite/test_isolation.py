"""No account sees another account's generation (R24)."""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.disclosure import disclosed
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.isolation import WHEN, CrossAccountPolls, Victim, other_operations
from conformance.scenarios.lifecycle import GENERATIONS, Lives
from conformance.world import Life

every_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=runs_in("certify" if kind == "edit" else "gate")) for kind in GENERATIONS]
)
in_any_way = pytest.mark.parametrize("way", [*WHEN, *other_operations()])


@requirement("LIFE-26")
@every_kind
@along("event")
def test_another_accounts_generation_is_refused(
    lives: Lives, cross_account_polls: CrossAccountPolls, kind: str
) -> None:
    """The id of another account's ended generation is answered 404 or 403, whatever its status."""
    life = lives.of(kind)
    _ = life.end
    expect(cross_account_polls.answer(kind, life)).to_be_answered(404, 403)


@requirement("LIFE-26")
@runs_in("certify")
@in_any_way
@along("cached")
def test_another_accounts_generation_is_always_refused(victim: Victim, way: str) -> None:
    """It is answered 404 or 403 before its owner polled it, after its end, again, and by any other operation."""
    expect(victim.answers[way]).to_be_answered(404, 403)


@requirement("LIFE-27")
@every_kind
@along("order")
def test_nothing_of_it_is_disclosed(lives: Lives, cross_account_polls: CrossAccountPolls, kind: str) -> None:
    """The answer shows no prompt, URL, time, error, price, status or type of the generation."""
    life = lives.of(kind)
    _ = life.end
    _must_disclose_nothing(cross_account_polls.answer(kind, life), life)


@requirement("LIFE-27")
@runs_in("certify")
@in_any_way
def test_nothing_of_it_is_ever_disclosed(victim: Victim, way: str) -> None:
    """The same before its owner polled it, after its end, again, and by any other operation."""
    _must_disclose_nothing(victim.answers[way], victim.life)


def _must_disclose_nothing(answer: Exchange, life: Life) -> None:
    records = [poll for poll in life.polls if poll.status == 200]
    prompt = str(life.body["prompt"])
    expect_that(disclosed(answer, records, prompt), "what is disclosed of it", answer).to_equal([])
