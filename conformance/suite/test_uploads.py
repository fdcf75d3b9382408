"""POST /api/v1/upload, and the presigned PUT that follows it (R18).

Fields and their limits are judged in test_validation.
"""

import pytest

from conformance.checks import expect, expect_that
from conformance.checks.uploads import holds, words_of
from conformance.evidence import Exchange
from conformance.world import World, prerequisite, requirement, runs_in, waits
from conformance.world.contact import FirstContact
from conformance.world.downloads import must_have_answered
from conformance.world.scenarios.outputs import EDIT, KINDS, Gallery, Inputs
from conformance.world.scenarios.uploads import FILENAMES, Attempts, Expiry

every_kind = pytest.mark.parametrize("kind", KINDS)


@requirement("UP-1")
@runs_in("smoke")
def test_a_valid_call_is_answered_200(first_contact: FirstContact) -> None:
    """A valid call is answered 200."""
    expect(first_contact.upload).to_be_answered(200)


@requirement("UP-2")
@runs_in("smoke")
def test_the_answer_is_an_object(first_contact: FirstContact) -> None:
    """The body of the 200 is a JSON object."""
    accepted = _accepted(first_contact.upload)
    expect_that(accepted.json, "the body", accepted).to_satisfy(lambda body: isinstance(body, dict), "a JSON object")


@requirement("UP-25")
@runs_in("smoke")
def test_the_url_is_absolute(first_contact: FirstContact) -> None:
    """The url is an absolute one."""
    accepted = _told(first_contact.upload)
    expect_that(accepted.member("url"), "url", accepted).to_match(r"(?i:https?)://[^\s/?#]+\S*", "an absolute URL")


@requirement("UP-26")
@runs_in("smoke")
def test_there_is_a_key(first_contact: FirstContact) -> None:
    """The key is a string that is not empty."""
    accepted = _told(first_contact.upload)
    expect_that(accepted.member("key"), "key", accepted).to_be_a_string()


def _told(call: Exchange) -> Exchange:
    prerequisite(isinstance(_accepted(call).json, dict), call, "a JSON object", "UP-2")
    return call


def _accepted(call: Exchange) -> Exchange:
    prerequisite(call.status == 200, call, "status 200", "UP-1")
    return call


@requirement("UP-13")
@every_kind
def test_each_media_type_is_accepted(inputs: Inputs, kind: str) -> None:
    """Each of the three media types is accepted as contentType."""
    expect(inputs.slot(kind).call).to_be_accepted()


@requirement("UP-27")
@every_kind
def test_the_bytes_can_be_put(world: World, inputs: Inputs, kind: str) -> None:
    """A PUT of the announced bytes and media type succeeds without the API key."""
    put = inputs.put(kind)
    must_have_answered(world, put)
    expect(put).to_be_accepted()


@requirement("UP-27")
@runs_in("certify")
def test_a_large_file_can_be_put(large_file: Exchange) -> None:
    """A PUT of 10,000,000 announced bytes succeeds."""
    expect(large_file).to_be_accepted()


@requirement("GEN-2")
@runs_in("certify")
def test_an_edit_of_uploaded_images_is_accepted(gallery: Gallery) -> None:
    """An edit with the keys of a PNG, a JPEG and a WebP that were put is answered 202."""
    expect(gallery.life(EDIT).accepted).to_be_answered(202)


@requirement("UP-28")
@pytest.mark.parametrize("how", ["changed", "in another case", "taken away", "another's"])
def test_a_url_that_was_not_handed_out_is_refused(tampered: Attempts, how: str) -> None:
    """A PUT to the URL with another signature, or with none, is refused."""
    expect(tampered.refused(how)).to_be_refused()


@requirement("UP-31")
@runs_in("certify")
@pytest.mark.parametrize("which", ["shorter", "longer"])
def test_another_length_is_refused(misfits: Attempts, which: str) -> None:
    """A PUT of a byte less or more than announced is refused."""
    expect(misfits.refused(which)).to_be_refused()


@requirement("UP-32")
@runs_in("certify")
def test_another_media_type_is_refused(misfits: Attempts) -> None:
    """A PUT of another media type than announced is refused."""
    expect(misfits.refused("type")).to_be_refused()


@requirement("UP-33")
@runs_in("certify")
def test_equal_calls_get_different_keys(equal_calls: tuple[Exchange, Exchange]) -> None:
    """Two equal calls are handed out two keys; the passive checks compare all keys of the run."""
    keys = [_accepted(call).member("key") for call in equal_calls]
    prerequisite(all(keys), equal_calls[0], "a key", "UP-26")
    expect_that(keys, "the keys of equal calls", equal_calls[1]).to_be_all_different()


@requirement("UP-34")
@runs_in("certify")
@pytest.mark.parametrize("filename", [FILENAMES[0], *FILENAMES[2:]], ids=["ASCII", "CJK", "percent signs"])
def test_the_key_is_free_of_the_filename(named_calls: dict[str, Exchange], filename: str) -> None:
    """No word of the filename stands in the key, neither plainly nor encoded."""
    call = _accepted(named_calls[filename])
    key = str(call.member("key"))
    found = [word for word in words_of(filename) if holds(key, word)]
    expect_that(found, f"words of the filename in the key {key}", call).to_equal([])


@requirement("UP-29")
@runs_in("certify")
@waits
def test_the_url_is_good_for_four_minutes(expiry: Expiry) -> None:
    """A minute before the five are over the URL still takes a PUT."""
    must_have_answered(expiry.world, expiry.good)
    prerequisite(200 <= expiry.fresh.status < 300, expiry.fresh, "a 2xx status", "UP-27")
    expect(expiry.good).to_be_accepted()


@requirement("UP-30")
@runs_in("certify")
@waits
@pytest.mark.parametrize("which", [*KINDS, "again"])
def test_the_url_expires_after_five_minutes(expiry: Expiry, which: str) -> None:
    """A little after five minutes the URL refuses a PUT, be it the first or the second."""
    prerequisite(200 <= expiry.good.status < 300, expiry.good, "a 2xx status", "UP-29")
    must_have_answered(expiry.world, expiry.late[which])
    expect(expiry.late[which]).to_be_refused()
