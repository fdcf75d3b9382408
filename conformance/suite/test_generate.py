"""POST /api/v1/generate: what is accepted, what an omitted field means, what the content policy refuses."""

from typing import Any

import pytest

from conformance.cases.bodies import a_generation
from conformance.checks import expect, expect_that
from conformance.client import Api
from conformance.contract import documented
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.generate import Prices
from conformance.scenarios.validation import InputImages
from conformance.world import Life, World
from conformance.world.submissions import Submissions

PAYMENT_REQUIRED = 402
pytestmark = pytest.mark.usefixtures("submissions_end")


@requirement("GEN-1")
@runs_in("smoke")
def test_a_text_to_image_call_is_accepted(submitted: Life) -> None:
    """A valid call is accepted with a 2xx; the passive checks judge the exact status."""
    expect(submitted.accepted).to_be_accepted()


AS_PEOPLE_WRITE = """A "night market" in Taipei:
- rain, neon <b>signs</b>, 50% off; it's 35 mm & f/1.8
\t../old town/'s roofs behind -- SELECT * FROM stalls"""


@requirement("GEN-1")
@runs_in("certify")
def test_a_prompt_as_people_write_it_is_accepted(submissions: Submissions) -> None:
    """A prompt of several lines with quotes, markup and signs that mean something elsewhere is accepted."""
    body = a_generation(prompt=AS_PEOPLE_WRITE)
    expect(submissions.send(body, probe="lines, quotes, markup and signs")).to_be_accepted()


@requirement("GEN-14")
@runs_in("smoke")
def test_without_a_type_text_becomes_an_image(submitted: Life) -> None:
    """The record of a call without type is of type text2img."""
    expect_that(submitted.end.member("type"), "the type", submitted.end).to_equal("text2img")


@requirement("GEN-17")
@runs_in("smoke")
def test_without_a_size_the_image_is_1024_square(submitted: Life) -> None:
    """A call without size makes an image of 1024x1024 pixels."""
    sides = {(entry.get("width"), entry.get("height")) for entry in submitted.outputs}
    expect_that(sorted(sides, key=str), "width and height", submitted.end).to_equal([(1024, 1024)])


@requirement("GEN-26")
@runs_in("smoke")
def test_without_n_there_is_one_image(submitted: Life) -> None:
    """The record of a call without n has one output."""
    expect_that(len(submitted.outputs), "the number of outputs", submitted.end).to_equal(1)


@requirement("GEN-20")
def test_without_a_quality_the_price_is_that_of_medium(prices: Prices) -> None:
    """A call without quality costs as much as one of medium quality."""
    medium, _ = prices.of("medium")
    price, record = prices.of("default")
    expect_that(price, "costCredits of a call without quality", record).to_equal(medium)


@requirement("GEN-46")
def test_a_forbidden_prompt_is_refused(rejected: Exchange) -> None:
    """A prompt that the content policy forbids is answered 422."""
    expect(rejected).to_be_answered(422)


@requirement("GEN-46")
@runs_in("certify")
@pytest.mark.parametrize(
    "fields",
    [{}, {"quality": "high", "n": documented().images, "size": "1536x1024"}],
    ids=["again", "with every option"],
)
def test_a_forbidden_prompt_is_always_refused(
    world: World, primary: Api, submissions: Submissions, fields: dict[str, Any]
) -> None:
    """The same prompt is refused a second time, and with any other fields."""
    body = a_generation(prompt=world.prompt("rejected"), **fields)
    answer = primary.generate(body, probe="a forbidden prompt, again")
    expect(submissions.of_valid_values(answer, fields)).to_be_answered(422)


@requirement("GEN-46")
@runs_in("certify")
def test_a_forbidden_prompt_is_refused_for_an_edit(world: World, primary: Api, input_images: InputImages) -> None:
    """The content policy applies to the prompt of an edit as well."""
    body = a_generation(prompt=world.prompt("rejected"), type="edit", inputImageKeys=[input_images(1)[0].key])
    expect(primary.generate(body, probe="a forbidden prompt, for an edit")).to_be_answered(422)


@requirement("GEN-46")
@runs_in("certify")
@along("account")
def test_a_forbidden_prompt_is_refused_to_everybody(world: World, other: Api) -> None:
    """The content policy applies to another account as well."""
    answer = other.generate(a_generation(prompt=world.prompt("rejected")), probe="a forbidden prompt, another account")
    expect(answer).must(answer.status != PAYMENT_REQUIRED, "no 402", "GEN-1").to_be_answered(422)


@requirement("GEN-23")
@runs_in("certify")
def test_nine_images_are_refused(refusal: Exchange) -> None:
    """An n of 9 is answered 400."""
    expect(refusal).to_be_refused(400)
