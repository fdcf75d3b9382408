"""Body: every field and limit of both POST operations (R13, R14, R15).

Most cases come from the schemas of the contract; those below are written by hand.
"""

import json

import pytest

from conformance.cases.bodies import TOO_MANY, a_generation, an_upload
from conformance.cases.fields import Case, cases
from conformance.checks import blocked_by, expect
from conformance.client.api import Api
from conformance.contract import documented, follow, load
from conformance.plan import requirement, runs_in
from conformance.plan.selection import in_section
from conformance.plan.settings import SETTINGS
from conformance.scenarios.validation import InputImages, Uploads, least_for, twice_if_it_breaks
from conformance.target import TargetFile
from conformance.world.fixtures import Observe
from conformance.world.slots import Slot
from conformance.world.submissions import Submissions

pytestmark = pytest.mark.usefixtures("submissions_end")
UPLOAD_REFUSALS = (400, 413, 415, 422)
"""What refuses an upload, whose errors are not documented (R15)."""
CJK = "燈"
LIMITS = documented()
OTHER_SIZES = ("512x512", "1536x1536", "auto", "1024X1024")
OTHER_KINDS = ("image/gif", "image/svg+xml", "IMAGE/PNG", "image/jpg")
CASES = {"served": ("generate", True), "refused": ("generate", False),
         "taken": ("upload", True), "declined": ("upload", False)}  # fmt: skip

NOT_RUN = pytest.param(None, id="left out", marks=[requirement("GEN-34"), runs_in("certify")])
"""Stands for the cases where they are not run, since without any pytest makes an item that names no requirement."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The cases of the contract become items; none where the run leaves this section out, which saves making them."""
    for name in CASES.keys() & set(metafunc.fixturenames):
        operation, valid = CASES[name]
        included = in_section(metafunc.config, "validation")
        target = metafunc.config.stash[SETTINGS].target
        found = [_param(case, target) for case in cases(operation, valid=valid)] if included else [NOT_RUN]
        metafunc.parametrize(name, found)


def _param(case: Case, target: TargetFile) -> object:
    return pytest.param(case, id=case.name, marks=[requirement(case.requirement), least_for(case, target)])


def test_a_valid_generation_is_served(submissions: Submissions, served: Case) -> None:
    """A body that is valid by the contract is accepted, whatever its fields are."""
    expect(submissions.send(served.body, probe=served.name)).to_be_accepted()


def test_an_invalid_generation_is_refused(submissions: Submissions, refused: Case) -> None:
    """A body with one field that violates the contract is answered 400."""
    expect(submissions.send(refused.body, probe=refused.name)).to_be_refused(400)


def test_a_valid_upload_is_served(uploads: Uploads, taken: Case) -> None:
    """A body that is valid by the contract is accepted, whatever its fields are."""
    expect(uploads.send(taken.body, probe=taken.name)).to_be_accepted()


def test_an_invalid_upload_is_refused(uploads: Uploads, declined: Case) -> None:
    """A body with one field that violates the contract is answered 400, 413, 415 or 422."""
    expect(uploads.send(declined.body, probe=declined.name)).to_be_refused(*UPLOAD_REFUSALS)


# Generate: characters, not bytes.


@requirement("GEN-8")
def test_4000_cjk_characters_are_served(submissions: Submissions) -> None:
    """A prompt of as many CJK characters as are allowed is accepted, though it has three times as many bytes."""
    prompt = CJK * LIMITS.prompt_characters
    expect(submissions.send(a_generation(prompt=prompt), probe=f"{len(prompt)} CJK characters")).to_be_accepted()


@requirement("GEN-10")
def test_4001_cjk_characters_are_refused(submissions: Submissions) -> None:
    """A prompt of one CJK character more is answered 400."""
    prompt = CJK * (LIMITS.prompt_characters + 1)
    expect(submissions.send(a_generation(prompt=prompt), probe=f"{len(prompt)} CJK characters")).to_be_refused(400)


@requirement("GEN-11")
@runs_in("certify")
def test_an_empty_prompt_is_refused(submissions: Submissions) -> None:
    """An empty prompt is answered 400."""
    expect(submissions.send(a_generation(prompt=""), probe="an empty prompt")).to_be_refused(400)


# Generate: values that a lax implementation takes for valid ones.


@requirement("GEN-13")
@runs_in("certify")
def test_another_type_of_generation_is_refused(submissions: Submissions) -> None:
    """A type that records may show, but that calls may not request, is answered 400."""
    expect(submissions.send(a_generation(type="upscale"), probe="type upscale")).to_be_refused(400)


@requirement("GEN-16")
@pytest.mark.parametrize("size", [pytest.param(size, marks=runs_in("certify")) for size in OTHER_SIZES])
def test_another_size_is_refused(submissions: Submissions, size: str) -> None:
    """A size in the documented form, but not one of the three, is answered 400."""
    expect(submissions.send(a_generation(size=size), probe=f"size {size}")).to_be_refused(400)


@requirement("GEN-19")
@runs_in("certify")
def test_another_quality_is_refused(submissions: Submissions) -> None:
    """A quality that only other APIs have is answered 400."""
    expect(submissions.send(a_generation(quality="hd"), probe="quality hd")).to_be_refused(400)


@requirement("GEN-22")
@runs_in("certify")
def test_a_negative_n_is_refused(submissions: Submissions) -> None:
    """An n of -1 is answered 400."""
    expect(submissions.send(a_generation(n=-1), probe="n -1")).to_be_refused(400)


@requirement("GEN-23")
@runs_in("certify")
def test_twice_as_many_images_and_one_are_refused(submissions: Submissions) -> None:
    """An n of more than twice the limit is answered 400 as well, however few bits are kept of it."""
    expect(submissions.send(a_generation(n=TOO_MANY), probe=f"n {TOO_MANY}")).to_be_refused(400)


@requirement("GEN-24")
def test_an_n_with_a_fraction_is_refused(submissions: Submissions) -> None:
    """An n of 1.5 is answered 400, and not rounded."""
    expect(submissions.send(a_generation(n=1.5), probe="n 1.5")).to_be_refused(400)


@requirement("GEN-25")
@pytest.mark.parametrize("n", ["2", pytest.param(True, marks=runs_in("certify"))], ids=["a string of digits", "true"])
def test_an_n_that_reads_like_a_number_is_refused(submissions: Submissions, n: object) -> None:
    """An n that is a string of digits or a boolean is answered 400."""
    expect(submissions.send(a_generation(n=n), probe=f"n {n!r}")).to_be_refused(400)


PROMPT = a_generation()["prompt"]
ALMOST = [
    pytest.param({"prompt": True}, id="prompt true", marks=requirement("GEN-5")),
    pytest.param({"prompt": {"text": PROMPT}}, id="a prompt in an object", marks=requirement("GEN-5")),
    pytest.param({"prompt": [PROMPT]}, id="a prompt in a list", marks=requirement("GEN-5")),
    pytest.param({"type": ["text2img"]}, id="a type in a list", marks=requirement("GEN-13")),
    pytest.param({"size": ["1024x1024"]}, id="a size in a list", marks=requirement("GEN-16")),
    pytest.param({"quality": ["low"]}, id="a quality in a list", marks=requirement("GEN-19")),
    pytest.param({"quality": False}, id="quality false", marks=requirement("GEN-19")),
    pytest.param({"n": [2]}, id="an n in a list", marks=requirement("GEN-25")),
    pytest.param({"n": False}, id="n false", marks=requirement("GEN-25")),
]


@runs_in("certify")
@pytest.mark.parametrize("fields", ALMOST)
def test_what_languages_convert_by_themselves_is_refused(
    customers_submissions: Submissions, fields: dict[str, object]
) -> None:
    """A value of another type that reads like a valid one, or like none, is answered 400, and not converted."""
    body = a_generation(**fields)
    expect(customers_submissions.send(body, probe=f"another type: {json.dumps(fields)}")).to_be_refused(400)


@requirement("GEN-5")
@runs_in("certify")
def test_a_prompt_of_null_is_refused(submissions: Submissions) -> None:
    """A prompt of null is answered 400."""
    expect(submissions.send(a_generation(prompt=None), probe="prompt null")).to_be_refused(400)


# Generate: input images.


@requirement("GEN-31")
@pytest.mark.parametrize("keys", [[]], ids=["an empty list"])
def test_an_edit_of_nothing_is_refused(submissions: Submissions, keys: list[str]) -> None:
    """An edit whose list of keys is empty is answered 400."""
    body = a_generation(type="edit", inputImageKeys=keys)
    expect(submissions.send(body, probe="an edit with an empty list of keys")).to_be_refused(400)


@requirement("GEN-2")
def test_an_edit_is_served(submissions: Submissions, input_images: InputImages) -> None:
    """The edit that the contract links to an upload, with the key of its image, is accepted."""
    edit = follow(load().operations["upload"], 200, "edit", input_images(1)[0].call.json)
    expect(submissions.send(edit.body, probe="the edit that an upload links to")).to_be_accepted()


@requirement("GEN-7")
@runs_in("certify")
def test_an_edit_of_4000_characters_is_served(submissions: Submissions, input_images: InputImages) -> None:
    """The prompt of an edit may be as long, and have as many words as find room."""
    short = follow(load().operations["upload"], 200, "edit", input_images(1)[0].call.json)
    known = submissions.send(short.body, probe="the edit that an upload links to")
    blocked_by("GEN-2", f"depends on an edit that is accepted ({known.told})", when=not 200 <= known.status < 300)
    prompt = ("a " * LIMITS.prompt_characters)[: LIMITS.prompt_characters - 1] + "b"
    body = a_generation(prompt=prompt, type="edit", inputImageKeys=[input_images(1)[0].key])
    expect(submissions.send(body, probe=f"an edit, {len(prompt)} characters")).to_be_accepted()


@requirement("GEN-27")
@runs_in("certify")
def test_a_key_outside_a_list_is_refused(submissions: Submissions, input_images: InputImages) -> None:
    """An edit whose inputImageKeys is one valid key instead of a list is answered 400."""
    body = a_generation(type="edit", inputImageKeys=input_images(1)[0].key)
    expect(submissions.send(body, probe="a key outside a list")).to_be_refused(400)


@requirement("GEN-29")
@runs_in("certify")
def test_four_input_images_are_served(submissions: Submissions, input_images: InputImages) -> None:
    """An edit with as many keys as are allowed is accepted."""
    keys = [found.key for found in input_images(LIMITS.input_images)]
    body = a_generation(type="edit", inputImageKeys=keys)
    expect(submissions.send(body, probe=f"{len(keys)} input images")).to_be_accepted()


@requirement("GEN-30")
@runs_in("certify")
def test_five_input_images_are_refused(submissions: Submissions, input_images: InputImages) -> None:
    """An edit with one valid key too many is answered 400."""
    keys = [found.key for found in input_images(LIMITS.input_images)]
    body = a_generation(type="edit", inputImageKeys=[*keys, keys[0]])
    expect(submissions.send(body, probe=f"{len(keys) + 1} input images")).to_be_refused(400)


@requirement("GEN-32")
@runs_in("certify")
def test_an_invented_key_is_refused(submissions: Submissions, input_images: InputImages) -> None:
    """An edit with a well-formed key that was never issued is refused."""
    real = input_images(1)[0].key
    invented = "".join(chr((ord(c) - 48 + 3) % 10 + 48) if c.isdigit() else c for c in real)
    body = a_generation(type="edit", inputImageKeys=[invented if invented != real else real + "0"])
    expect(submissions.send(body, probe="an invented input image key")).to_be_refused()


@requirement("GEN-33")
@runs_in("certify")
def test_the_key_of_another_account_is_refused(submissions: Submissions, others_input_image: Slot) -> None:
    """An edit with a key that was issued to another account is refused."""
    body = a_generation(type="edit", inputImageKeys=[others_input_image.key])
    expect(submissions.send(body, probe="another account's input image key")).to_be_refused()


# Generate: what is no JSON object.

certify = runs_in("certify")
MALFORMED = [
    pytest.param(b'{"prompt": "A lighthouse", "quality": "low"', id="cut off"),
    pytest.param(b'{"prompt": "A lighthouse", "quality": "low",}', id="comma before the brace", marks=certify),
    pytest.param(b"", id="empty", marks=certify),
    pytest.param(b"{'prompt': 'A lighthouse', 'quality': 'low'}", id="single quotes", marks=certify),
    pytest.param(b'{"prompt": "A lighthouse", "quality": "low"} {}', id="two objects", marks=certify),
    pytest.param(b'{"prompt": "A lighthouse", "quality": "low", "n": NaN}', id="NaN", marks=certify),
]


@requirement("GEN-34")
@pytest.mark.parametrize("content", MALFORMED)
def test_malformed_json_is_refused(submissions: Submissions, content: bytes) -> None:
    """A body that is not well-formed JSON (RFC 8259) is answered 400."""
    expect(submissions.send(content, probe="malformed JSON")).to_be_refused(400)


@requirement("GEN-35")
@runs_in("certify")
@pytest.mark.parametrize(
    "body", [[a_generation()], json.dumps(a_generation()), None], ids=["an object in an array", "in a string", "null"]
)
def test_json_that_is_no_object_is_refused(submissions: Submissions, body: object) -> None:
    """A valid object inside an array or a string, and null, are answered 400."""
    expect(submissions.send(json.dumps(body).encode(), probe="JSON that is no object")).to_be_refused(400)


# What clients send by mistake, and what is stored where not every character can be.

STRANGE_ORDERS = [
    pytest.param(b'{"prompt": "caf\xe9", "quality": "low"}', id="not UTF-8"),
    pytest.param(b'{"prompt": "A lighthouse\\u0000", "quality": "low"}', id="a null character"),
    pytest.param(b'{"prompt": "A lighthouse \\ud83c", "quality": "low"}', id="half a surrogate pair"),
    pytest.param(b'{"prompt": "A lighthouse", "quality": "low", "n": 1e400}', id="a number beyond all"),
    pytest.param(b'{"prompt": ' + b"[" * 5000 + b"]" * 5000 + b"}", id="5000 brackets"),
]
STRANGE_NAMES = [
    pytest.param(b"caf\xe9.png", id="not UTF-8"),
    pytest.param(b"a\\u0000.png", id="a null character"),
    pytest.param(b"a\\ud83c.png", id="half a surrogate pair"),
    pytest.param(b"../../a\\r\\nb.png", id="a path and a line break"),
]


@requirement("API-2")
@certify
@pytest.mark.parametrize("content", STRANGE_ORDERS)
def test_no_order_is_a_server_error(submissions: Submissions, content: bytes) -> None:
    """No body of generate is answered with a 5xx; if one is, it is sent a second time."""
    twice_if_it_breaks(submissions.send, submissions.api.generate, content, "a strange body")


@requirement("API-2")
@certify
@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_no_filename_is_a_server_error(uploads: Uploads, name: bytes) -> None:
    """No filename is answered with a 5xx; if one is, it is sent a second time."""
    content = b'{"filename": "' + name + b'", "contentType": "image/png", "size": 1024}'
    twice_if_it_breaks(uploads.send, uploads.api.upload, content, "a strange filename")


# Generate: what the documentation leaves open.


@requirement("GEN-12")
@certify
def test_characters_beyond_the_bmp(submissions: Submissions, observe: Observe) -> None:
    """Whether a character of two UTF-16 units counts once or twice is recorded, not judged."""
    count = LIMITS.prompt_characters // 2 + 1
    exchange = submissions.send(a_generation(prompt="🏮" * count), probe=f"{count} characters beyond the BMP")
    observe("R13", f"{count} characters beyond the BMP are answered {exchange.status}")


@requirement("GEN-36")
@certify
def test_null_for_an_optional_field(submissions: Submissions, observe: Observe) -> None:
    """The answer to null in an optional field is recorded, not judged."""
    exchange = submissions.send(a_generation(size=None), probe="size null")
    observe("R15", f"null for an optional field is answered {exchange.status}")


@requirement("GEN-37")
@certify
def test_a_whole_number_with_a_point(submissions: Submissions, observe: Observe) -> None:
    """The answer to an n of 2.0 is recorded, not judged."""
    exchange = submissions.send(a_generation(n=2.0), probe="n 2.0")
    observe("R15", f"n as 2.0 is answered {exchange.status}")


@requirement("GEN-38")
@certify
def test_a_property_nobody_knows(submissions: Submissions, observe: Observe) -> None:
    """The answer to an unknown property is recorded, not judged."""
    exchange = submissions.send(a_generation(notDocumented=7), probe="an unknown property")
    observe("R15", f"an unknown property is answered {exchange.status}")


@requirement("GEN-39")
@certify
def test_another_media_type(primary: Api, observe: Observe) -> None:
    """The answer to JSON with another media type is recorded, not judged."""
    exchange = primary.call("generate", body={}, headers={"Content-Type": "text/plain"}, probe="text/plain")
    observe("R15", f"an invalid body under text/plain is answered {exchange.status}")


@requirement("GEN-49")
@certify
def test_which_error_comes_first(broke: Api, observe: Observe) -> None:
    """Whether an invalid body or missing credits come first is recorded, not judged."""
    exchange = broke.generate(a_generation(n=TOO_MANY), probe="invalid, and no credits")
    observe("R16", f"an invalid body from an account without credits is answered {exchange.status}")


# Upload.


@requirement("UP-7")
def test_200_cjk_characters_are_served(uploads: Uploads) -> None:
    """A filename of as many CJK characters as are allowed is accepted, though it has three times as many bytes."""
    filename = CJK * LIMITS.filename_characters
    expect(uploads.send(an_upload(filename=filename), probe=f"{len(filename)} CJK characters")).to_be_accepted()


@requirement("UP-9")
def test_201_cjk_characters_are_refused(uploads: Uploads) -> None:
    """A filename of one CJK character more is refused."""
    body = an_upload(filename=CJK * (LIMITS.filename_characters + 1))
    expect(uploads.send(body, probe=f"{len(body['filename'])} CJK characters")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-14")
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=certify) for kind in OTHER_KINDS])
def test_another_kind_of_image_is_refused(uploads: Uploads, kind: str) -> None:
    """The media type of another kind of image is refused."""
    expect(uploads.send(an_upload(contentType=kind), probe=f"contentType {kind}")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-16")
@runs_in("certify")
@pytest.mark.parametrize("size", ["1024", pytest.param(True, marks=certify)], ids=["a string of digits", "true"])
def test_a_size_that_reads_like_a_number_is_refused(uploads: Uploads, size: object) -> None:
    """A size that is a string of digits or a boolean is refused."""
    expect(uploads.send(an_upload(size=size), probe=f"size {size!r}")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-18")
@pytest.mark.parametrize("size", [LIMITS.upload_bytes_at_most + 1, pytest.param(5_000_000_000, marks=certify),
                                  pytest.param(2**53, marks=certify)])  # fmt: skip
def test_more_than_ten_mebibytes_are_refused(uploads: Uploads, size: int) -> None:
    """Any size above ten mebibytes is refused."""
    expect(uploads.send(an_upload(size=size), probe=f"size {size}")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-20")
@pytest.mark.parametrize("size", [-1, pytest.param(-20_000_000, marks=certify)])
def test_a_negative_size_is_refused(uploads: Uploads, size: int) -> None:
    """A size below zero is refused."""
    expect(uploads.send(an_upload(size=size), probe=f"size {size}")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-4")
@certify
def test_a_filename_of_null_is_refused(uploads: Uploads) -> None:
    """A filename of null is refused."""
    expect(uploads.send(an_upload(filename=None), probe="filename null")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-23")
@pytest.mark.parametrize("content", [
    pytest.param(b'{"filename": "a.png", "contentType": "image/png", "size": 1024', id="cut off"),
    pytest.param(b'{"filename": "a.png", "contentType": "image/png", "size": 1024,}', id="comma", marks=certify),
    pytest.param(b"", id="empty", marks=certify),
])  # fmt: skip
def test_malformed_json_of_an_upload_is_refused(uploads: Uploads, content: bytes) -> None:
    """A body that is not well-formed JSON (RFC 8259) is refused."""
    expect(uploads.send(content, probe="malformed JSON")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-24")
@certify
def test_an_upload_inside_an_array_is_refused(uploads: Uploads) -> None:
    """A valid object inside an array is refused."""
    expect(uploads.send([an_upload()], probe="an object in an array")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-10")
@certify
def test_an_empty_filename_is_refused(uploads: Uploads) -> None:
    """An empty filename is refused."""
    expect(uploads.send(an_upload(filename=""), probe="an empty filename")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-21")
@certify
def test_a_size_of_zero_is_refused(uploads: Uploads) -> None:
    """A size of zero bytes is refused."""
    expect(uploads.send(an_upload(size=0), probe="size 0")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-22")
@certify
def test_a_size_with_a_fraction_is_refused(uploads: Uploads) -> None:
    """A size of 1024.5 bytes is refused."""
    expect(uploads.send(an_upload(size=1024.5), probe="size 1024.5")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("UP-11")
@certify
def test_a_filename_beyond_the_bmp(uploads: Uploads, observe: Observe) -> None:
    """Whether 101 characters of two UTF-16 units each count as 101 or 202 is recorded, not judged."""
    count = LIMITS.filename_characters // 2 + 1
    exchange = uploads.send(an_upload(filename="🏮" * count), probe=f"{count} characters beyond the BMP")
    observe("R13", f"a filename of {count} characters beyond the BMP is answered {exchange.status}")


@requirement("UP-19")
@certify
def test_what_ten_megabytes_are(uploads: Uploads, observe: Observe) -> None:
    """Whether ten mebibytes, which are more than ten megabytes, are served is recorded, not judged."""
    size = LIMITS.upload_bytes_at_most
    exchange = uploads.send(an_upload(size=size), probe="10 MiB")
    observe("R14", f"{size:,} bytes are answered {exchange.status}")
