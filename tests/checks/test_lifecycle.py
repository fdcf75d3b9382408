"""Each rule over all polls of a generation: what it finds, and what it leaves alone."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import lifecycle
from conformance.checks.finding import Check
from conformance.evidence import Exchange
from tests.checks.polls import call, poll

CREATED, ENDED = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:05.000Z"
OUTPUT = {"png": "https://cdn/1.png", "webp": "https://cdn/1.webp", "width": 1, "height": 1}


def found(check: Check, *evidence: Exchange) -> list[str]:
    return [finding.requirement for finding in check(_called_for(evidence)).findings]


def judged(check: Check, *evidence: Exchange) -> set[str]:
    return set(check(_called_for(evidence)).judged)


def _called_for(evidence: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """With the call that made the generation, unless it is there."""
    return evidence if any(exchange.operation == "generate" for exchange in evidence) else (call(), *evidence)


def over(**fields: Any) -> Exchange:
    """The record of an ended generation."""
    record = {"status": "succeeded", "outputs": [OUTPUT], "error": None, "costCredits": 1, "createdAt": CREATED}
    return poll(**(record | {"completedAt": ENDED} | fields))


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ("queued", "running", False),
        ("queued", "succeeded", False),
        ("running", "running", False),
        ("running", "queued", True),
        ("succeeded", "running", False),  # the matter of another requirement
        ("processing", "queued", False),  # as well
    ],
)
def test_a_status_is_not_seen_again(before: str, after: str, *, wrong: bool) -> None:
    assert found(lifecycle.never_back, _with(before), _with(after)) == ["LIFE-6"] * wrong


def _with(status: str) -> Exchange:
    return poll(status=status)


def test_polls_that_overlap_have_no_order() -> None:
    first, second = _with("running"), _with("queued")

    assert found(lifecycle.never_back, first, replace(second, started=first.started)) == []


@pytest.mark.parametrize("after", ["running", "failed", "queued"])
def test_an_end_is_for_ever(after: str) -> None:
    assert found(lifecycle.terminal_for_ever, _with("succeeded"), _with(after)) == ["LIFE-7"]
    assert found(lifecycle.record_for_ever, _with("succeeded"), _with(after)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": [OUTPUT | {"png": "https://cdn/2.png"}]},
        {"outputs": []},
        {"outputs": [OUTPUT, OUTPUT]},
        {"error": "late"},
        {"costCredits": 0},
        {"completedAt": "2026-01-01T00:00:05Z"},
    ],
    ids=str,
)
def test_a_record_is_for_ever(change: dict[str, Any]) -> None:
    assert found(lifecycle.record_for_ever, over(), over(**change)) == ["LIFE-8"]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"progress": 1},
        {"outputs": [OUTPUT | {"views": 2}]},
        {"createdAt": "2027-01-01T00:00:00Z"},  # the matter of another requirement
    ],
    ids=str,
)
def test_what_is_not_documented_may_change(change: dict[str, Any]) -> None:
    assert found(lifecycle.record_for_ever, over(), over(**change)) == []
    assert judged(lifecycle.record_for_ever, over(), over(**change)) == {"LIFE-8"}


def test_null_absent_and_empty_are_the_same() -> None:
    assert lifecycle.changed(over(outputs=[]), over(outputs=None)) is None


def test_as_long_as_it_runs_a_record_may_change() -> None:
    assert found(lifecycle.record_for_ever, over(status="running", outputs=[], completedAt=None), over()) == []


def test_the_beginning_does_not_move() -> None:
    assert found(lifecycle.created_once, over(), over()) == []
    assert found(lifecycle.created_once, over(), over(createdAt="2026-01-01T00:00:01.000Z")) == ["LIFE-20"]
    assert found(lifecycle.created_once, over(), over(createdAt=None)) == []  # LIFE-19 says it


def test_the_id_is_the_one_asked_for() -> None:
    assert found(lifecycle.echoes_the_id, over()) == []
    assert found(lifecycle.echoes_the_id, over(made="g1"), poll("g1")) == []
    wrong = over(id="g2")
    assert found(lifecycle.echoes_the_id, wrong) == ["LIFE-4"]


def test_the_type_is_the_requested_one() -> None:
    assert found(lifecycle.echoes_the_type, call(type="edit"), over(type="edit")) == []
    assert found(lifecycle.echoes_the_type, call(type="edit"), over(type="text2img")) == ["LIFE-11"]
    assert judged(lifecycle.echoes_the_type, call(prompt="x"), over(type="upscale")) == set()


def test_the_type_of_a_repeat_is_not_asked_for() -> None:
    repeat = replace(call(type="edit"), tags=("replay",))

    assert found(lifecycle.echoes_the_type, repeat, over(type="text2img")) == []


@pytest.mark.parametrize(("status", "wrong"), [(200, False), (404, True), (403, True), (410, True), (401, False),
                                               (429, False), (500, False)])  # fmt: skip
def test_what_was_announced_is_found(status: int, *, wrong: bool) -> None:
    assert found(lifecycle.found_by_its_owner, call(), poll(answered=status)) == ["LIFE-1"] * wrong


def test_others_need_not_find_it() -> None:
    assert found(lifecycle.found_by_its_owner, call(), poll(answered=404, account="other")) == []
    assert found(lifecycle.found_by_its_owner, poll("unknown", answered=404)) == []


def test_what_others_are_shown_is_not_the_record() -> None:
    stolen = poll(account="other")

    assert found(lifecycle.record_for_ever, call(), over(), stolen) == []
    assert len(lifecycle.polls_by_generation([call(), over(), stolen])["g1"]) == 1


def test_the_record_of_an_id_that_nobody_was_given_is_not_judged() -> None:
    assert found(lifecycle.echoes_the_id, poll("unknown", id="g1")) == []
    assert judged(lifecycle.days_exist, poll("unknown", createdAt="2026-02-30T00:00:00Z")) == set()


def test_the_end_is_not_before_the_beginning() -> None:
    assert found(lifecycle.ends_after_it_began, over(), over(completedAt=CREATED)) == []
    assert found(lifecycle.ends_after_it_began, over(completedAt="2025-12-31T23:59:59.999Z")) == ["LIFE-23"]
    assert judged(lifecycle.ends_after_it_began, over(completedAt="yesterday")) == set()


def test_times_are_on_the_calendar() -> None:
    assert found(lifecycle.days_exist, over()) == []
    assert found(lifecycle.days_exist, over(createdAt="2026-02-30T00:00:00Z")) == ["LIFE-19"]
    assert found(lifecycle.days_exist, over(completedAt="2026-04-31T00:00:00Z")) == ["LIFE-22"]


def test_what_is_over_at_its_first_poll_is_never_seen_at_work() -> None:
    ended = [call(), over(), over()]
    withheld = lifecycle.over_at_once(ended).withheld

    assert {*withheld} == {"LIFE-6", "LIFE-21"}
    assert withheld["LIFE-6"] == "of 1 generations, each was over when it was first polled"
    assert lifecycle.over_at_once([*ended, call("g2"), poll("g2", status="queued")]).withheld == {}
    assert lifecycle.over_at_once([]).withheld == {}


def test_each_of_two_polls_at_once_is_compared_with_the_one_before() -> None:
    before, one, other = over(), over(), over(status="running")
    other = replace(other, started=one.started, ended=one.ended)

    assert found(lifecycle.terminal_for_ever, before, one, other) == ["LIFE-7"]
    assert found(lifecycle.terminal_for_ever, before, other, one) == ["LIFE-7"]
