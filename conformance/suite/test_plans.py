"""Plans and credits: who is served (R1), who is answered 402, and what an image costs (R22)."""

from typing import Any

import pytest

from conformance.cases.bodies import OMIT, a_generation, an_upload
from conformance.checks import expect, expect_that
from conformance.client import Api
from conformance.contract import documented, load
from conformance.plan import requirement, runs_in
from conformance.scenarios.plans import FORGED, an_edit, ask, claim
from conformance.scenarios.validation import InputImages
from conformance.world import World
from conformance.world.first_contact import UNKNOWN_ID
from conformance.world.fixtures import Observe
from conformance.world.submissions import Submissions

pytestmark = pytest.mark.usefixtures("submissions_end")
ORDERS = [
    pytest.param({}, id="the cheapest image"),
    pytest.param({}, id="the same again"),
    pytest.param({"quality": OMIT}, id="defaults"),
    pytest.param({"quality": "high", "n": documented().images, "size": "1536x1024"}, id="the dearest images"),
    pytest.param({"size": "1024x1536"}, id="a portrait"),
    pytest.param({"n": 2}, id="two images"),
]
"""More than may be at work: a refused call that kept one of the slots would be told in the end by a 429."""
SIZES, QUALITIES = (load().operations["generate"].fields[name]["enum"] for name in ("size", "quality"))
any_claim = pytest.mark.parametrize("where", FORGED)
any_order = pytest.mark.parametrize("fields", ORDERS)


@requirement("PLAN-2")
@any_order
def test_another_plan_is_refused(free: Api, submissions: Submissions, fields: dict[str, Any]) -> None:
    """The key of another plan is always answered 403, whatever it asks for."""
    expect(submissions.of_valid_values(ask(free, fields), fields)).to_be_answered(403)


@requirement("PLAN-2")
@runs_in("certify")
def test_another_plan_is_refused_an_edit(world: World, free: Api, input_images: InputImages) -> None:
    """The key of another plan is answered 403 for an edit as well."""
    edit = an_edit(world, free, input_images(1)[0])
    expect(ask(free, edit.fields)).to_be_refused(403, *edit.of_its_image)


@requirement("PLAN-2")
@runs_in("certify")
@any_claim
def test_a_claim_is_no_plan(free: Api, where: str) -> None:
    """The key of another plan is refused, whatever plan its caller claims to have."""
    expect(claim(free, where)).to_be_refused(400, 403)


@requirement("PLAN-6")
@runs_in("certify")
@any_claim
def test_a_claim_is_no_credit(broke: Api, where: str) -> None:
    """An account without credits is refused, whatever price or balance its caller claims."""
    expect(claim(broke, where)).to_be_refused(400, 402)


@requirement("PLAN-4")
def test_uploads_of_another_plan(free: Api, observe: Observe) -> None:
    """Whether upload checks the plan is recorded, not judged."""
    observe("R1", f"upload answers another plan {free.upload(an_upload(), probe='another plan').status}")


@requirement("PLAN-5")
def test_polls_of_another_plan(free: Api, observe: Observe) -> None:
    """Whether polling checks the plan is recorded, not judged."""
    status = free.generation(UNKNOWN_ID, probe="another plan, an unknown id").status
    observe("R1", f"polling an unknown id answers another plan {status}")


@requirement("PLAN-6")
@any_order
def test_no_credits_no_images(broke: Api, submissions: Submissions, fields: dict[str, Any]) -> None:
    """An account without credits is always answered 402, whatever it asks for."""
    expect(submissions.of_valid_values(ask(broke, fields), fields)).to_be_answered(402)


@requirement("GEN-1")
@runs_in("certify")
@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("size", SIZES)
def test_every_combination_is_valid(broke: Api, submissions: Submissions, size: str, quality: str) -> None:
    """No number of images of any size and quality is answered 400: an account without credits asks, and buys none."""
    for n in range(1, documented().images + 1):
        fields = {"size": size, "quality": quality, "n": n}
        call = submissions.of_valid_values(ask(broke, fields), fields)
        expect_that(call.status, f"the status for n {n}", call).to_differ_from(400)


@requirement("PLAN-6")
@runs_in("certify")
def test_no_credits_no_edit(world: World, broke: Api, input_images: InputImages) -> None:
    """An account without credits is answered 402 for an edit as well."""
    edit = an_edit(world, broke, input_images(1)[0])
    expect(ask(broke, edit.fields)).to_be_refused(402, *edit.of_its_image)


@requirement("PLAN-8")
@runs_in("certify")
def test_a_used_up_cap_is_no_edit(world: World, capped: Api, input_images: InputImages) -> None:
    """An account whose monthly compute cap is used up is answered 402 for an edit as well."""
    edit = an_edit(world, capped, input_images(1)[0])
    expect(ask(capped, edit.fields)).to_be_refused(402, *edit.of_its_image)


@requirement("PLAN-8")
@any_order
def test_a_used_up_cap_is_answered_402(capped: Api, submissions: Submissions, fields: dict[str, Any]) -> None:
    """An account whose monthly compute cap is used up is always answered 402, whatever it asks for."""
    expect(submissions.of_valid_values(ask(capped, fields), fields)).to_be_answered(402)


@requirement("PLAN-11")
@runs_in("certify")
def test_how_the_price_grows(submissions: Submissions, observe: Observe) -> None:
    """What four images of low quality cost is recorded, not judged."""
    record = submissions.record(a_generation(n=4))
    price = f"cost {record.member('costCredits')} credits" if record else "cannot be had"
    observe("R22", f"four images of low quality {price}")
