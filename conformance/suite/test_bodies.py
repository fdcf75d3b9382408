"""Body: what languages, columns and parsers make of it, where few clients send the like (R13, R14, R15, R35)."""

import pytest

from conformance.cases import odd_bodies
from conformance.cases.bodies import a_generation, an_upload
from conformance.cases.odd_bodies import random_text
from conformance.checks import expect, not_applicable
from conformance.client import Api
from conformance.contract import documented
from conformance.evidence.blame import TOO_MANY
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.bodies import LargeOrders, send_odd
from conformance.scenarios.validation import SERVER_ERROR, Uploads
from conformance.world.slots import Slot
from conformance.world.submissions import Submissions
from conformance.world.world import World

UPLOAD_REFUSALS = (400, 413, 415, 422)
"""What refuses an upload, whose errors are not documented (R15)."""
VALUES_OF = {"size": "GEN-16", "quality": "GEN-19", "type": "GEN-13"}
LIMITS = documented()
EDITS = {
    "prompt": ("GEN-9", "a" * (LIMITS.prompt_characters + 1)),
    "size": ("GEN-16", "512x512"),
    "quality": ("GEN-19", "hd"),
    "n": ("GEN-23", LIMITS.images + 1),
}.items()
certify = runs_in("certify")


@requirement("GEN-4")
@certify
@pytest.mark.parametrize("where", odd_bodies.NO_PROMPT)
def test_an_inherited_prompt_is_none(odd_submissions: Submissions, where: str) -> None:
    """A prompt inside of __proto__, or of what stands for it, is no prompt: 400."""
    body = odd_bodies.no_prompt(where)
    expect(odd_submissions.send(body, probe=f"a prompt {where}")).to_be_refused(400)


@certify
@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(field, value, marks=requirement(row), id=f"{field} {value}")
        for (field, row), value in zip(VALUES_OF.items(), odd_bodies.INHERITED, strict=True)
    ],
)
def test_an_inherited_name_is_no_value(odd_submissions: Submissions, field: str, value: str) -> None:
    """A name that a table of the server's language may know by itself is none of the documented values: 400."""
    expect(odd_submissions.send(a_generation(**{field: value}), probe=f"{field} {value}")).to_be_refused(400)


@requirement("UP-14")
@certify
def test_an_inherited_name_is_no_media_type(uploads: Uploads) -> None:
    """A name that a table of the server's language may know by itself is refused."""
    body = an_upload(contentType="constructor")
    expect(uploads.send(body, probe="contentType constructor")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("GEN-23")
@certify
def test_an_n_beyond_32_bits_is_refused(odd_submissions: Submissions) -> None:
    """An n of which 32 bits keep 1 is answered 400."""
    n = odd_bodies.WRAPPED + 1
    expect(odd_submissions.send(a_generation(n=n), probe=f"n {n}")).to_be_refused(400)


@certify
@along("order")
@pytest.mark.parametrize(
    ("field", "value"), [pytest.param(field, value, marks=requirement(row), id=field) for field, (row, value) in EDITS]
)
def test_an_edit_is_checked_as_well(
    odd_submissions: Submissions, others_input_image: Slot, field: str, value: str | int
) -> None:
    """What a new image may not have, an edit may not have either: 400."""
    body = a_generation(type="edit", inputImageKeys=[others_input_image.key], **{field: value})
    expect(odd_submissions.send(body, probe=f"an edit, {field} is wrong")).to_be_refused(400)


@requirement("UP-18")
@certify
def test_a_size_beyond_32_bits_is_refused(uploads: Uploads) -> None:
    """A size of which 32 bits keep a small one is refused."""
    size = odd_bodies.WRAPPED + 1024
    expect(uploads.send(an_upload(size=size), probe=f"size {size}")).to_be_refused(*UPLOAD_REFUSALS)


@requirement("GEN-7")
@along("random", "punctuation")
@certify
def test_4000_random_characters_are_served(odd_submissions: Submissions) -> None:
    """As many ASCII characters as are allowed, with punctuation, that no compression makes short, are accepted."""
    text = random_text(odd_submissions.world.seed, ascii_only=True, count=LIMITS.prompt_characters)
    expect(odd_submissions.send(a_generation(prompt=text), probe=f"{len(text)} random characters")).to_be_accepted()


@requirement("GEN-8")
@along("random")
@certify
def test_4000_escaped_characters_are_served(odd_submissions: Submissions) -> None:
    """As many different CJK characters as are allowed, each written as an escape of six bytes, are accepted."""
    content = odd_bodies.escaped_order(odd_submissions.world.seed)
    expect(odd_submissions.send(content, probe="escaped characters")).to_be_accepted()


@certify
@along("random")
@pytest.mark.parametrize(
    "ascii_only", [pytest.param(True, marks=requirement("UP-6")), pytest.param(False, marks=requirement("UP-7"))],
    ids=["ASCII", "CJK"],
)  # fmt: skip
def test_200_random_characters_are_served(uploads: Uploads, world: World, ascii_only: bool) -> None:
    """A filename of as many different characters as are allowed is accepted."""
    name = random_text(world.seed, ascii_only=ascii_only, count=LIMITS.filename_characters)
    expect(uploads.send(an_upload(filename=name), probe=f"{len(name)} random characters")).to_be_accepted()


@requirement("GEN-9")
@certify
@pytest.mark.parametrize("size", odd_bodies.LARGE)
def test_a_large_body_is_refused(large_orders: LargeOrders, size: str) -> None:
    """A body that is far too large is refused, in JSON like every refusal of generate. It may end the connection."""
    call = large_orders.of(size)
    not_applicable("the connection ended before the body did", when=call.response is None or bool(call.failure))
    answer = expect(call).must(call.status < SERVER_ERROR, "no 5xx", "API-2")
    answer.must(call.status != TOO_MANY, "no 429", "RATE-20").to_be_refused()


@requirement("API-2")
@along("operation")
@certify
@pytest.mark.parametrize("what", odd_bodies.UPLOADS)
def test_no_upload_is_a_server_error(customer: Api, what: str) -> None:
    """No body of upload is answered with a 5xx, in whatever coding; if one is, it is sent a second time."""
    send_odd(customer, "upload", odd_bodies.UPLOADS[what], what)


@requirement("API-2")
@certify
@pytest.mark.parametrize("what", odd_bodies.ORDERS)
def test_no_coding_of_an_order_is_a_server_error(odd_submissions: Submissions, what: str) -> None:
    """No body of generate is answered with a 5xx, in whatever coding; if one is, it is sent a second time."""
    odd_submissions.drain()
    send_odd(odd_submissions.api, "generate", odd_bodies.ORDERS[what], what)
