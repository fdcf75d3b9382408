"""POST /api/v1/upload, and the presigned PUT that follows it (R18).

Fields and their limits are judged in test_validation.
"""

import pytest

from conformance.checks import expect
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.plan import requirement, runs_in, waits
from conformance.scenarios.outputs import KINDS, Inputs
from conformance.scenarios.uploads import Attempts, Expiry
from conformance.world import prerequisite
from conformance.world.meeting import FirstContact

every_kind = pytest.mark.parametrize("kind", KINDS)


@requirement("UP-1")
@runs_in("smoke")
def test_a_valid_call_is_answered_200(first_contact: FirstContact) -> None:
    """A valid call is answered 200."""
    expect(first_contact.upload).to_be_answered(200)


@requirement("UP-1")
@runs_in("certify")
def test_equal_calls_are_answered_200(equal_calls: tuple[Exchange, Exchange]) -> None:
    """The same call is answered 200 twice, also with special characters in the filename."""
    for call in equal_calls:
        expect(call).to_be_answered(200)


@requirement("UP-27")
@every_kind
def test_the_bytes_can_be_put(inputs: Inputs, kind: str) -> None:
    """A PUT of the announced bytes and media type succeeds without the API key."""
    put = inputs.put(kind)
    expect(put).to_be_accepted()


@requirement("UP-27")
@runs_in("certify")
def test_a_large_file_can_be_put(large_file: Exchange) -> None:
    """A PUT of 10,000,000 announced bytes succeeds."""
    expect(large_file).to_be_accepted()


@requirement("UP-28")
@pytest.mark.parametrize("how", ["changed", "in another case", "taken away", "another's"])
def test_a_url_that_was_not_handed_out_is_refused(tampered: Attempts, how: str) -> None:
    """A PUT to the URL with another signature, or without one, is refused."""
    expect(tampered.refused(how)).to_be_refused()


@requirement("UP-31")
@runs_in("certify")
@pytest.mark.parametrize("which", ["shorter", "longer"])
def test_another_length_is_refused(misfits: Attempts, which: str) -> None:
    """A PUT of one byte less or more than announced is refused."""
    expect(misfits.refused(which)).to_be_refused()


@requirement("UP-32")
@runs_in("certify")
def test_another_media_type_is_refused(misfits: Attempts) -> None:
    """A PUT with another media type than announced is refused."""
    expect(misfits.refused("type")).to_be_refused()


@requirement("UP-29")
@runs_in("certify")
@waits
def test_the_url_is_good_for_four_minutes(expiry: Expiry) -> None:
    """Four minutes after it was issued, the URL still accepts a PUT."""
    must_be_whole(expiry.good)
    prerequisite(200 <= expiry.fresh.status < 300, expiry.fresh, "a 2xx status", "UP-27")
    expect(expiry.still_good()).to_be_accepted()


@requirement("UP-30")
@runs_in("certify")
@waits
@pytest.mark.parametrize("which", [*KINDS, "again"])
def test_the_url_expires_after_five_minutes(expiry: Expiry, which: str) -> None:
    """A little after five minutes, the URL refuses a PUT, whether it was used before or not."""
    prerequisite(200 <= expiry.good.status < 300, expiry.good, "a 2xx status", "UP-29")
    expect(expiry.late[which]).to_be_refused()
