"""外送 Webhook: an endpoint that fails eight times in a row is switched off (R32)."""

import pytest

from conformance.checks import blocked_by, expect_attempts, expect_deliveries, expect_endpoint, not_applicable
from conformance.checks.disabling import DISABLED_AFTER, row_before
from conformance.checks.retries import MOST_ATTEMPTS
from conformance.plan import along, requirement, runs_in, waits
from conformance.scenarios.webhook_disabling import EARLIER, FAILING, RECOVERING, Disabled
from conformance.world.fixtures import Observe

pytestmark = [runs_in("certify"), waits]


@requirement("HOOK-30")
@pytest.mark.parametrize("endpoint", [FAILING, EARLIER])
def test_seven_failures_do_not_switch_off(disabled: Disabled, endpoint: str) -> None:
    """With fewer than eight failed attempts in a row, every new delivery still comes."""
    expect_endpoint(disabled.endpoint(endpoint)).must_have_got_some().to_stay_on()


@requirement("HOOK-31")
def test_eight_failed_deliveries_switch_off(disabled: Disabled) -> None:
    """After eight deliveries in a row have failed in all their attempts, no new one comes."""
    expect_endpoint(disabled.endpoint(FAILING)).to_be_switched_off()


@requirement("HOOK-31")
@along("hour")
def test_it_stays_switched_off(disabled: Disabled) -> None:
    """No new delivery comes in the hours that follow, if a test clock makes them short."""
    failing = disabled.endpoint(FAILING)
    blocked_by("HOOK-31", "depends on an endpoint that is switched off", when=failing.offers[-1].came)
    came = [attempt for offer in disabled.later for attempt in offer.attempts]
    expect_attempts(came, "a later event to an endpoint that is switched off", failing.generate).to_be_none()


@requirement("HOOK-32")
def test_a_success_starts_the_count_anew(disabled: Disabled) -> None:
    """More than eight failures, interrupted by a success, do not switch an endpoint off."""
    for endpoint in (FAILING, EARLIER):
        expect_endpoint(disabled.endpoint(endpoint)).must_stay_on()
    expect_endpoint(disabled.endpoint(RECOVERING)).must_have_got_some().to_stay_on()
    expect_endpoint(disabled.every_other).to_stay_on()


@requirement("HOOK-33")
def test_what_is_counted(disabled: Disabled, observe: Observe) -> None:
    """Whether eight attempts or eight deliveries switch an endpoint off is recorded, not judged."""
    offers = disabled.of(EARLIER)
    row = row_before(offers["g8"], offers.values())
    blocked_by("", f"only {row} attempts in a row had failed when it was to be seen", when=row < DISABLED_AFTER)
    observe("R32", f"eight {'deliveries' if offers['g8'].came else 'attempts'} in a row are counted")


@requirement("HOOK-34")
def test_whether_retries_run_out(disabled: Disabled, observe: Observe) -> None:
    """Whether retries in progress go on when the endpoint is switched off is recorded, not judged."""
    offers = disabled.of(FAILING)
    complete = all(len(offer.attempts) in {0, MOST_ATTEMPTS} for offer in offers.values())
    observe("R32", f"retries under way {'run out' if complete else 'stop'} when an endpoint is switched off")


@requirement("HOOK-35")
def test_whether_it_can_be_switched_on_again(disabled: Disabled, observe: Observe) -> None:
    """Whether an endpoint that was switched on again gets new deliveries is recorded, not judged."""
    not_applicable(
        "the target does not switch a webhook on by PATCH, which is no part of the documentation",
        when=disabled.enabled is None,
    )
    got_some = disabled.enabled is not None and disabled.enabled.came
    observe("R26", f"an endpoint switched on again gets {'new deliveries' if got_some else 'nothing'}")


@requirement("SIGN-3")
def test_the_secret_stays_when_it_is_switched_on_again(disabled: Disabled) -> None:
    """An endpoint that was switched on again gets deliveries signed with the secret of its registration."""
    delivery = disabled.after_enabling
    not_applicable("a new secret was told when it was switched on", when=bool(disabled.enabling.member("secret")))
    came = [delivery] if delivery and delivery.came else []
    not_applicable("no delivery comes to an endpoint that was switched on again, which is no promise", when=not came)
    expect_deliveries(came).to_be_signed()
