"""POST /api/v1/upload, and the presigned PUT that follows it (R18).

Fields and their limits are judged in test_validation.
"""

import pytest

from conformance.cases.input_images import MEDIA_TYPES
from conformance.checks import expect, expect_that
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.uploads import NAMES, Expiry, Inputs, NamedFiles, WrongPuts
from conformance.world.first_contact import FirstContact

every_name = pytest.mark.parametrize("name", NAMES)
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


@requirement("UP-1")
@runs_in("certify")
@along("punctuation", "non-ascii", "random")
@every_name
def test_a_file_of_any_name_is_answered_200(named_files: NamedFiles, name: str) -> None:
    """A filename may hold any characters."""
    expect(named_files.slot(name).call).to_be_answered(200)


@requirement("UP-27")
@runs_in("certify")
@along("punctuation", "non-ascii", "random")
@every_name
def test_a_file_of_any_name_can_be_put(named_files: NamedFiles, name: str) -> None:
    """A PUT succeeds whatever the file is called."""
    expect(named_files.put(name)).to_be_accepted()


@requirement("UP-33")
@runs_in("certify")
@along("at-once")
def test_equal_calls_at_once_have_keys_of_their_own(uploads_at_once: tuple[Exchange, ...]) -> None:
    """Two equal calls at the same time are answered with different keys."""
    for call in uploads_at_once:
        expect(call).must_be_answered("UP-1", 200).must(isinstance(call.member("key"), str), "a key", "UP-26")
    keys = [call.member("key") for call in uploads_at_once]
    *others, last = uploads_at_once
    expect_that(keys, "the keys of two calls at once", last, others).to_be_all_different()


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
@pytest.mark.parametrize(
    "how", ["changed", "in another case", "taken away", "another's", "changed, the file being there"]
)
def test_a_url_that_was_not_handed_out_is_refused(puts_to_altered_urls: WrongPuts, how: str) -> None:
    """A PUT to the URL with another signature, or without one, is refused."""
    expect(puts_to_altered_urls.refused(how)).to_be_refused()


@requirement("UP-31")
@runs_in("certify")
@pytest.mark.parametrize("which", ["shorter", "longer", "longer, the file being there"])
def test_another_length_is_refused(mismatched_puts: WrongPuts, which: str) -> None:
    """A PUT of one byte less or more than announced is refused."""
    expect(mismatched_puts.refused(which)).to_be_refused()


@requirement("UP-32")
@runs_in("certify")
def test_another_media_type_is_refused(mismatched_puts: WrongPuts) -> None:
    """A PUT with another media type than announced is refused."""
    expect(mismatched_puts.refused("type")).to_be_refused()


@requirement("UP-31")
@runs_in("certify")
def test_a_length_that_is_not_told_is_measured(disguised_puts: WrongPuts) -> None:
    """A PUT of more bytes than announced is refused also when it comes in chunks, without a Content-Length."""
    expect(disguised_puts.refused("in chunks")).to_be_refused()


@requirement("UP-32")
@runs_in("certify")
@along("order")
def test_what_is_no_image_is_refused(disguised_puts: WrongPuts) -> None:
    """A PUT of text/html is refused where a WebP was announced."""
    expect(disguised_puts.refused("HTML")).to_be_refused()


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
