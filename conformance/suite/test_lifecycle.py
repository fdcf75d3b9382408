"""GET /api/v1/generations/:id: what polling shows, from acceptance for ever after (R19, R21, R22, R23, R33, R37).

Every poll of the run is judged by the passive checks: its fields, the order of statuses, times that must not move,
echoes, and that an ended generation stays as it is. Here stands what no single poll and no pair of polls can tell.
"""

import pytest

from conformance.checks import blocked_by, expect, expect_that
from conformance.checks.lifecycle import TERMINAL
from conformance.plan import requirement, runs_in
from conformance.scenarios.lifecycle import GENERATIONS, NEVER_GIVEN_OUT, Lives, UnknownIds
from conformance.world.first_contact import FirstContact
from conformance.world.fixtures import Observe

every_kind = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=runs_in("certify" if kind == "edit" else "gate")) for kind in GENERATIONS]
)


@requirement("LIFE-9")
@every_kind
def test_it_comes_to_an_end(lives: Lives, kind: str) -> None:
    """A generation ends within the time that the target file declares."""
    last = lives.of(kind).last_poll
    expect_that(last.member("status"), "the status when the time was up", last).to_be_one_of(sorted(TERMINAL))


@requirement("LIFE-10")
def test_what_moderation_refuses_ends_blocked(lives: Lives) -> None:
    """A generation whose prompt moderation refuses ends as blocked."""
    end = lives.of("blocked").end
    expect_that(end.member("status"), "the status", end).to_equal("blocked")


@requirement("LIFE-18")
@runs_in("certify")
@pytest.mark.usefixtures("polled_later")
def test_the_price_after_a_refund(lives: Lives, observe: Observe) -> None:
    """What costCredits shows after a refund is recorded, not judged."""
    end = lives.of("blocked").end
    blocked_by("LIFE-10", "depends on a generation that ends blocked", when=end.member("status") != "blocked")
    observe("R22", f"a blocked generation shows costCredits {end.member('costCredits')}")


# Ids that belong to nothing.


@requirement("LIFE-24")
@runs_in("smoke")
def test_an_unknown_id_is_not_found(first_contact: FirstContact) -> None:
    """An id that was never issued is answered with neither a 2xx nor a 5xx."""
    expect(first_contact.unknown).not_to_be_found()


STRANGE = (*NEVER_GIVEN_OUT, "cut off", "extended", "its beginning")


@requirement("LIFE-24")
@pytest.mark.parametrize(
    "shape",
    [pytest.param(one, marks=runs_in("gate" if one == "long" else "certify")) for one in STRANGE],
)
def test_a_strange_id_is_not_found(unknown_ids: UnknownIds, shape: str) -> None:
    """An id of any form that was never issued is answered with neither a 2xx nor a 5xx."""
    expect(unknown_ids.answer(shape)).not_to_be_found()


@requirement("LIFE-24")
@runs_in("certify")
def test_no_id_is_no_generation(unknown_ids: UnknownIds) -> None:
    """The path without an id shows no generation."""
    answer = unknown_ids.without_id()
    expect_that(answer.member("createdAt"), "createdAt", answer).to_be_absent()


@requirement("LIFE-25")
@runs_in("smoke")
def test_an_unknown_id_is_answered_404(first_contact: FirstContact) -> None:
    """An id that was never issued is answered 404."""
    expect(first_contact.unknown).to_be_answered(404)


@requirement("LIFE-25")
@runs_in("certify")
def test_an_unknown_id_is_answered_404_again(unknown_ids: UnknownIds) -> None:
    """The same id is answered 404 a second time."""
    expect(unknown_ids.again()).to_be_answered(404)
