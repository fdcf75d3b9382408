"""外送 Webhook: an endpoint that fails eight times in a row is switched off (R32)."""

import pytest

from conformance.checks.disabling import DISABLED_AFTER, SAME_MOMENT, Offer, out_of_attempts, row_before
from conformance.checks.retries import MOST_ATTEMPTS
from conformance.errors import Inconclusive, NotApplicable
from conformance.evidence.nonconformity import Nonconformity
from conformance.plan import requirement, runs_in, waits
from conformance.scenarios.webhook_disabling import EARLIER, FAILING, RECOVERING, Disabled
from conformance.world.fixtures import Observe

MISSED = "on a clock this fast the receiver may have missed the timeout, and eight failures in a row switch off"

pytestmark = [runs_in("certify"), waits]


@requirement("HOOK-30")
@pytest.mark.parametrize("endpoint", [FAILING, EARLIER])
def test_seven_failures_do_not_switch_off(disabled: Disabled, endpoint: str) -> None:
    """With fewer than eight failed attempts in a row, every new delivery still comes."""
    _comes_while_few_have_failed(disabled, endpoint)


@requirement("HOOK-31")
def test_eight_failed_deliveries_switch_off(disabled: Disabled) -> None:
    """After eight deliveries in a row have failed in all their attempts, no new one comes."""
    offers = disabled.of(FAILING)
    before = [offer for name, offer in offers.items() if name != "g9"]
    if not offers["g9"].came:
        return
    exhausted = out_of_attempts(before, MOST_ATTEMPTS)
    if exhausted < DISABLED_AFTER:
        raise Inconclusive(f"only {exhausted} deliveries were seen to fail in all their attempts", root="RETRY-11")
    raise Nonconformity(
        "no new delivery to an endpoint that is switched off",
        f"one, after {exhausted} deliveries in a row had failed in all their attempts",
        disabled.generate["g9"],
    )


@requirement("HOOK-31")
def test_it_stays_switched_off(disabled: Disabled) -> None:
    """No new delivery comes in the hours that follow, if a test clock makes them short."""
    if disabled.of(FAILING)["g9"].came:
        raise Inconclusive("depends on an endpoint that is switched off", root="HOOK-31")
    came = [offer for offer in disabled.later if offer.came]
    if came:
        raise Nonconformity(
            "no new delivery to an endpoint that is switched off",
            f"{len(came)} of {len(disabled.later)} later ones: it was switched on by itself",
            list(disabled.generate.values())[-1],
        )


@requirement("HOOK-32")
def test_a_success_starts_the_count_anew(disabled: Disabled) -> None:
    """More than eight failures, interrupted by a success, do not switch an endpoint off."""
    if any(_switched_off_early(disabled, list(disabled.of(endpoint).values())) for endpoint in (FAILING, EARLIER)):
        raise Inconclusive("depends on endpoints that are not switched off too early", root="HOOK-30")
    _comes_while_few_have_failed(disabled, RECOVERING)
    _judge(disabled, list(disabled.rounds), "an endpoint that answers every other delivery 200")


@requirement("HOOK-33")
def test_what_is_counted(disabled: Disabled, observe: Observe) -> None:
    """Whether eight attempts or eight deliveries switch an endpoint off is recorded, not judged."""
    offers = disabled.of(EARLIER)
    row = row_before(offers["g8"], offers.values())
    if row < DISABLED_AFTER:
        raise Inconclusive(f"only {row} attempts in a row had failed when it was to be seen")
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
    if disabled.enabled is None:
        raise NotApplicable("the target does not switch a webhook on by PATCH, which is no part of the documentation")
    observe("R26", f"an endpoint switched on again gets {'new deliveries' if disabled.enabled.came else 'nothing'}")


def _comes_while_few_have_failed(disabled: Disabled, endpoint: str) -> None:
    offers = list(disabled.of(endpoint).values())
    if not any(offer.came for offer in offers):
        raise Inconclusive(f"depends on a delivery at the endpoint {endpoint!r}; none ever came", root="HOOK-14")
    _judge(disabled, offers, f"the endpoint {endpoint!r}")


def _judge(disabled: Disabled, offers: list[Offer], what: str) -> None:
    for number, row in _switched_off_early(disabled, offers):
        generate = list(disabled.generate.values())[-1]
        if disabled.late_answers:
            raise Inconclusive(f"delivery {number} did not come at {what}: {MISSED}")
        raise Nonconformity(
            f"delivery {number} at {what}, where no more than {row} attempts in a row had failed", "none", generate
        )


def _switched_off_early(disabled: Disabled, offers: list[Offer]) -> list[tuple[int, int]]:
    """Which deliveries, counted from 1, did not come after how many failed attempts in a row, too few by any count."""
    rows = (row_before(offer, offers, disabled.noise + SAME_MOMENT) for offer in offers)
    return [
        (number, row)
        for number, (offer, row) in enumerate(zip(offers, rows, strict=True), 1)
        if row < DISABLED_AFTER and not offer.came
    ]
