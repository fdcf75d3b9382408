"""POST /api/v1/upload, and the presigned PUT that follows it (R18).

Fields and their limits are judged in test_validation.
"""

import pytest

from conformance.cases.input_images import MEDIA_TYPES
from conformance.checks import expect
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.plan import requirement, runs_in, waits
from conformance.scenarios.uploads import Expiry, Inputs, WrongPuts
from conformance.world.first_contact import FirstContact

every_kind = pytest.mark.parametrize("kind", MEDIA_TYPES)


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
    """A PUT of as many bytes as may be announced succeeds."""
    expect(large_file).to_be_accepted()


@requirement("UP-28")
@pytest.mark.parametrize("how", ["changed", "in another case", "taken away", "another's"])
def test_a_url_that_was_not_handed_out_is_refused(puts_to_altered_urls: WrongPuts, how: str) -> None:
    """A PUT to the URL with another signature, or without one, is refused."""
    expect(puts_to_altered_urls.refused(how)).to_be_refused()


@requirement("UP-31")
@runs_in("certify")
@pytest.mark.parametrize("which", ["shorter", "longer"])
def test_another_length_is_refused(mismatched_puts: WrongPuts, which: str) -> None:
    """A PUT of one byte less or more than announced is refused."""
    expect(mismatched_puts.refused(which)).to_be_refused()


@requirement("UP-32")
@runs_in("certify")
def test_another_media_type_is_refused(mismatched_puts: WrongPuts) -> None:
    """A PUT with another media type than announced is refused."""
    expect(mismatched_puts.refused("type")).to_be_refused()


@requirement("UP-29")
@runs_in("certify")
@waits
def test_the_url_is_good_for_four_minutes(expiry: Expiry) -> None:
    """Four minutes after it was issued, the URL still accepts a PUT."""
    must_be_whole(expiry.good)
    expect(expiry.fresh).must_be_accepted("UP-27")
    expect(expiry.still_good()).to_be_accepted()


@requirement("UP-30")
@runs_in("certify")
@waits
@pytest.mark.parametrize("which", [*MEDIA_TYPES, "again"])
def test_the_url_expires_after_five_minutes(expiry: Expiry, which: str) -> None:
    """A little after five minutes, the URL refuses a PUT, whether it was used before or not."""
    expect(expiry.good).must_be_accepted("UP-29")
    expect(expiry.late[which]).to_be_refused()
