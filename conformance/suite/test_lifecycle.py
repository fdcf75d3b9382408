"""GET /api/v1/generations/:id: what polling shows, from acceptance for ever after (R19, R21, R22, R23, R33, R37).

Orders of statuses, times that must not move, and echoes are judged by the passive checks on every poll of the run.
"""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.lifecycle import TERMINAL, changed, left_its_end
from conformance.checks.times import before, instant
from conformance.errors import Nonconformity
from conformance.evidence import Exchange
from conformance.world import Life, prerequisite, requirement, runs_in
from conformance.world.contact import FirstContact
from conformance.world.fixtures import Observe
from conformance.world.scenarios.lifecycle import KINDS, SHAPES, Lives, UnknownIds, seen_ending

STATUSES = ["queued", "running", "succeeded", "failed", "blocked"]
every_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=runs_in("certify" if kind == "edit" else "gate")) for kind in KINDS]
)


@requirement("LIFE-1")
@every_kind
def test_what_was_announced_is_found(lives: Lives, kind: str) -> None:
    """Polling a generation that was accepted is answered 200, from the beginning to the end."""
    life = lives.of(kind)
    _ = life.id
    for poll in life.polls:
        expect(poll).to_be_answered(200)


@requirement("LIFE-1")
@runs_in("smoke")
def test_the_first_generation_is_found(submitted: Life) -> None:
    """Polling the id of the 202 is answered 200."""
    _ = submitted.id
    expect(submitted.polls[0]).to_be_answered(200)


@requirement("LIFE-2")
@runs_in("smoke")
def test_a_poll_is_answered_at_once(submitted: Life) -> None:
    """No poll is held until the state changes: each is answered within 5 s."""
    for poll in answered(submitted):
        expect_that(poll.seconds, "the seconds until the answer", poll).to_be_between(0, 5)


def found(life: Life, *statuses: str) -> list[Exchange]:
    """The records that polling showed, in one of these statuses. Raises Inconclusive (LIFE-1, LIFE-3) without one."""
    polls = [poll for poll in answered(life) if isinstance(poll.json, dict)]
    prerequisite(bool(polls), life.polls[0], "a JSON object", "LIFE-3")
    return [poll for poll in polls if not statuses or poll.member("status") in statuses]


def answered(life: Life) -> list[Exchange]:
    """The polls that found the generation. Raises Inconclusive (LIFE-1) without one."""
    _ = life.id
    polls = [poll for poll in life.polls if poll.status == 200]
    prerequisite(bool(polls), life.polls[0], "status 200", "LIFE-1")
    return polls


@requirement("LIFE-3")
@runs_in("smoke")
def test_a_record_is_an_object(submitted: Life) -> None:
    """The body of a 200 is a JSON object."""
    for poll in answered(submitted):
        expect_that(poll.json, "the body", poll).to_satisfy(lambda body: isinstance(body, dict), "a JSON object")


@requirement("LIFE-4")
@runs_in("smoke")
def test_a_record_has_the_id_that_was_asked_for(submitted: Life) -> None:
    """The id of each record is the one in the path."""
    for poll in found(submitted):
        expect_that(poll.member("id"), "the id", poll).to_equal(submitted.id)


@requirement("LIFE-5")
@runs_in("smoke")
def test_a_status_is_a_documented_one(submitted: Life) -> None:
    """Each status that polling shows is one of the five."""
    for poll in found(submitted):
        expect_that(poll.member("status"), "the status", poll).to_be_one_of(STATUSES)


@requirement("LIFE-9")
@every_kind
def test_it_comes_to_an_end(lives: Lives, kind: str) -> None:
    """A generation is over within the time that the target declares."""
    last = seen_ending(lives.of(kind))
    expect_that(last.member("status"), "the status when the time was up", last).to_be_one_of(sorted(TERMINAL))


@requirement("LIFE-7")
@runs_in("certify")
@every_kind
def test_the_end_is_for_ever(lives: Lives, later: dict[str, Exchange], kind: str) -> None:
    """10 s later the status is the same; what is seen at the end of the run is judged as well."""
    _must_be_none(left_its_end(lives.of(kind).end, again(lives, later, kind)), later[kind])


@requirement("LIFE-8")
@runs_in("certify")
@every_kind
def test_the_record_is_for_ever(lives: Lives, later: dict[str, Exchange], kind: str) -> None:
    """10 s later every documented field is the same; what is seen at the end of the run is judged as well."""
    old, new = lives.of(kind).end, again(lives, later, kind)
    prerequisite(left_its_end(old, new) is None, new, f"status {old.member('status')}", "LIFE-7")
    _must_be_none(changed(old, new), new)


def again(lives: Lives, later: dict[str, Exchange], kind: str) -> Exchange:
    """The later poll of a generation that had ended. Raises Inconclusive (LIFE-1, LIFE-9)."""
    _ = lives.of(kind).end
    prerequisite(later[kind].status == 200, later[kind], "status 200", "LIFE-1")
    return later[kind]


def _must_be_none(deviation: tuple[str, str] | None, poll: Exchange) -> None:
    if deviation:
        raise Nonconformity(*deviation, poll)


@requirement("LIFE-10")
def test_what_moderation_refuses_ends_blocked(lives: Lives) -> None:
    """The prompt that moderation refuses ends as blocked."""
    end = lives.of("blocked").end
    expect_that(end.member("status"), "the status", end).to_equal("blocked")


@requirement("LIFE-11")
@runs_in("certify")
def test_the_type_of_an_edit_is_edit(lives: Lives) -> None:
    """Every record of an edit shows the type edit."""
    for poll in found(lives.of("edit")):
        expect_that(poll.member("type"), "the type", poll).to_equal("edit")


@requirement("LIFE-12")
def test_a_failure_is_explained(lives: Lives) -> None:
    """The error of a failed generation is a string that is not empty."""
    end = lives.of("failed").ended("failed")
    expect_that(end.member("error"), "the error", end).to_be_a_string()


@requirement("LIFE-13")
def test_a_block_is_explained(lives: Lives) -> None:
    """The error of a blocked generation is a string that is not empty."""
    end = lives.of("blocked").end
    prerequisite(end.member("status") == "blocked", end, "the status blocked", "LIFE-10")
    expect_that(end.member("error"), "the error", end).to_be_a_string()


@requirement("LIFE-14")
@runs_in("smoke")
def test_a_success_has_no_error(submitted: Life) -> None:
    """The error is null or absent from the beginning to a successful end."""
    for poll in found(submitted, "queued", "running", "succeeded"):
        expect_that(poll.member("error"), "the error", poll).to_be_absent()


@requirement("LIFE-15")
@runs_in("smoke")
def test_the_price_is_a_number(submitted: Life) -> None:
    """The costCredits of each record is a number, 0 or more."""
    for poll in found(submitted):
        expect_that(poll.member("costCredits"), "costCredits", poll).to_be_between(0, float("inf"))


@requirement("LIFE-18")
@runs_in("certify")
def test_the_price_after_a_refund(lives: Lives, observe: Observe) -> None:
    """What costCredits shows after a refund is recorded, not judged."""
    observe("R22", f"a blocked generation shows costCredits {lives.of('blocked').end.member('costCredits')}")


@requirement("LIFE-19")
@runs_in("smoke")
def test_the_beginning_is_a_time(submitted: Life) -> None:
    """createdAt is an ISO 8601 time with a zone."""
    for poll in found(submitted):
        expect_that(poll.member("createdAt"), "createdAt", poll).to_satisfy(_is_a_time, "as ISO 8601 with a zone")


def _is_a_time(value: object) -> bool:
    return instant(value) is not None


@requirement("LIFE-20")
@runs_in("smoke")
def test_the_beginning_does_not_move(submitted: Life) -> None:
    """createdAt is the same in every record."""
    polls = found(submitted)
    for poll in polls[1:]:
        expect_that(poll.member("createdAt"), "createdAt", poll).to_equal(polls[0].member("createdAt"))


@requirement("LIFE-21")
@runs_in("smoke")
def test_what_goes_on_has_no_end(submitted: Life) -> None:
    """completedAt is null or absent until the generation is over."""
    for poll in found(submitted, "queued", "running"):
        expect_that(poll.member("completedAt"), "completedAt", poll).to_be_absent()


@requirement("LIFE-22")
@every_kind
def test_the_end_is_a_time(lives: Lives, kind: str) -> None:
    """completedAt of an ended generation is an ISO 8601 time with a zone."""
    end = lives.of(kind).end
    expect_that(end.member("completedAt"), "completedAt", end).to_satisfy(_is_a_time, "as ISO 8601 with a zone")


@requirement("LIFE-23")
@every_kind
def test_the_end_is_not_before_the_beginning(lives: Lives, kind: str) -> None:
    """completedAt is not before createdAt."""
    end = lives.of(kind).end
    created, completed = end.member("createdAt"), end.member("completedAt")
    prerequisite(_is_a_time(created), end, "a time as createdAt", "LIFE-19")
    prerequisite(_is_a_time(completed), end, "a time as completedAt", "LIFE-22")
    expect_that(completed, "completedAt", end).must(not before(completed, created), f"completedAt not before {created}")


# Ids that belong to nothing.


@requirement("LIFE-24")
@runs_in("smoke")
def test_an_unknown_id_is_not_found(first_contact: FirstContact) -> None:
    """An id that was never given out is answered neither 2xx nor 5xx."""
    _must_not_be_found(first_contact.unknown)


CERTIFIED = ("a wildcard", "any character", "null", "zero", "a line break", "cut off", "extended", "its beginning")


@requirement("LIFE-24")
@pytest.mark.parametrize(
    "shape", [pytest.param(s, marks=runs_in("gate" if s == "long" else "certify")) for s in (*SHAPES, *CERTIFIED[5:])]
)
def test_a_strange_id_is_not_found(unknown_ids: UnknownIds, shape: str) -> None:
    """Whatever an id looks like: it is answered neither 2xx nor 5xx."""
    _must_not_be_found(unknown_ids.answer(shape))


@requirement("LIFE-24")
@runs_in("certify")
def test_no_id_is_no_generation(unknown_ids: UnknownIds) -> None:
    """Without an id, no generation is shown: the answer is neither a record nor a 5xx."""
    answer = unknown_ids.nothing()
    expect_that(answer.status, "the status", answer).to_satisfy(lambda status: status < 500, "below 500")
    expect_that(answer.member("createdAt"), "createdAt", answer).to_be_absent()


def _must_not_be_found(answer: Exchange) -> None:
    expect_that(answer.status, "the status", answer).to_satisfy(
        lambda status: not 200 <= status < 300 and status < 500, "neither 2xx nor 5xx"
    )


@requirement("LIFE-25")
@runs_in("smoke")
def test_an_unknown_id_is_answered_404(first_contact: FirstContact) -> None:
    """An id that was never given out is answered 404."""
    expect(first_contact.unknown).to_be_answered(404)


@requirement("LIFE-25")
@runs_in("certify")
def test_an_unknown_id_is_answered_404_again(unknown_ids: UnknownIds) -> None:
    """The same id is answered 404 the next time, too."""
    expect(unknown_ids.again()).to_be_answered(404)
