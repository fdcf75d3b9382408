"""外送 Webhook, 事件 payload: what is delivered to whom, and when (R25, R27, R36)."""

import pytest

from conformance.checks import (
    blocked_by,
    expect,
    expect_attempts,
    expect_deliveries,
    expect_delivery,
    expect_that,
    not_applicable,
)
from conformance.plan import along, requirement
from conformance.scenarios.webhooks import Delivered, TwoAccounts
from conformance.world.fixtures import Observe
from conformance.world.registrar import SUCCEEDED

KINDS = ("succeeded", "failed", "edit")
every_kind = pytest.mark.parametrize("kind", KINDS)


@requirement("HOOK-11")
def test_success_is_reported(delivered: Delivered) -> None:
    """A generation that succeeded sends generation.succeeded."""
    expect_deliveries(delivered.of("succeeded")).to_have_come()


@requirement("HOOK-11")
@along("order")
def test_the_success_of_an_edit_is_reported(delivered: Delivered) -> None:
    """An edit that succeeded sends generation.succeeded."""
    expect_deliveries(delivered.of("edit")).to_have_come()


@requirement("HOOK-11")
def test_success_is_reported_without_polling(delivered: Delivered) -> None:
    """A generation that is never polled sends its event as well."""
    delivered.control()
    unpolled = delivered.unpolled
    expect(unpolled.generate).must_be_accepted("GEN-1")
    expect_that(unpolled.came, "a delivery although nobody polls", unpolled.generate).to_equal(True)


@requirement("HOOK-12")
def test_failure_is_reported(delivered: Delivered) -> None:
    """A generation that failed sends generation.failed."""
    expect_deliveries(delivered.of("failed")).to_have_come()


@requirement("HOOK-13")
@along("event")
@every_kind
def test_an_event_is_delivered_once(delivered: Delivered, kind: str) -> None:
    """An endpoint that answers 200 gets exactly one delivery of an event."""
    expect_deliveries(delivered.of(kind)).must_name_their_generation()
    for delivery in delivered.of(kind):
        expect_delivery(delivery).to_be_the_only_one()


@requirement("HOOK-13")
@along("cached")
def test_a_repeated_call_delivers_nothing_again(delivered: Delivered) -> None:
    """Repeating a call with its idempotency key does not deliver the event again."""
    expect_deliveries([delivered.unpolled]).must_name_their_generation()
    expect_delivery(delivered.unpolled).must_have_come().to_be_the_only_one()


@requirement("HOOK-14")
@every_kind
def test_every_subscriber_gets_its_own(delivered: Delivered, kind: str) -> None:
    """Each of the endpoints that subscribed to an event gets a delivery of it."""
    expect_deliveries(delivered.of(kind)).to_have_come_everywhere()


@requirement("HOOK-15")
@every_kind
def test_nothing_comes_before_the_end(delivered: Delivered, kind: str) -> None:
    """When a delivery comes, polling shows that the generation has ended."""
    for delivery in delivered.of(kind):
        expect_delivery(delivery).must_have_come().to_follow_the_end()


@requirement("HOOK-16")
@every_kind
def test_the_first_attempt_comes_soon(delivered: Delivered, kind: str) -> None:
    """The first attempt comes within 60 s of the generation's end."""
    for delivery in delivered.of(kind):
        expect_delivery(delivery).must_have_come().to_come_soon()


@requirement("HOOK-17")
@along("event")
def test_only_what_was_subscribed_comes(delivered: Delivered) -> None:
    """An endpoint that subscribed to one event gets no delivery of the other."""
    delivered.control()
    for delivery in delivered.unwanted:
        what = f"{delivery.event} to an endpoint that takes {delivery.name}"
        expect_attempts(delivery.attempts, what, delivery.generate).to_be_none()


@requirement("HOOK-18")
@along("event")
def test_a_customer_gets_only_its_own_events(two_accounts: TwoAccounts) -> None:
    """An endpoint gets its owner's deliveries, and none of another customer's generations."""
    for delivery in two_accounts.at_the_owners:
        expect_delivery(delivery).must_have_come()
    for delivery in two_accounts.at_the_others:
        expect_attempts(delivery.attempts, "another customer's event", delivery.generate).to_be_none()


@requirement("HOOK-19")
def test_what_a_blocked_generation_sends(delivered: Delivered, observe: Observe) -> None:
    """Whether a blocked generation sends generation.failed or nothing is recorded, not judged."""
    blocked = delivered.of("blocked")
    delivered.control()
    events = sorted({str(a.header("X-Gptimg-Event")) for delivery in blocked for a in delivery.attempts})
    ended = {delivery.record.get("status") for delivery in blocked if delivery.record}
    blocked_by("LIFE-10", "depends on a generation that ends blocked", when=ended != {"blocked"})
    blocked_by("HOOK-22", f"depends on events that are right; {SUCCEEDED} came", when=SUCCEEDED in events)
    observe("R25", f"a blocked generation sends {', '.join(events) or 'no event'}")


@requirement("HOOK-20")
@every_kind
def test_a_delivery_is_a_post_to_the_url(delivered: Delivered, kind: str) -> None:
    """Every delivery is a POST to the registered path and query."""
    for delivery in delivered.of(kind):
        methods = [refusal.method for refusal in delivery.refusals if refusal.reason == "method"]
        expect_that(methods, f"other methods at {delivery.place}", delivery.generate).to_equal([])
    expect_deliveries(delivered.of(kind)).to_go_to_their_url()


@requirement("HOOK-21")
@every_kind
def test_a_delivery_is_json(delivered: Delivered, kind: str) -> None:
    """Every delivery has the media type application/json."""
    expect_deliveries(delivered.of(kind)).to_be_documented("HOOK-21")


@requirement("HOOK-22")
@along("event")
@every_kind
def test_the_event_is_named(delivered: Delivered, kind: str) -> None:
    """X-Gptimg-Event and the body name the event that happened."""
    expect_deliveries(delivered.of(kind)).to_be_documented("HOOK-22")


@requirement("HOOK-22")
def test_a_blocked_generation_is_not_called_a_success(delivered: Delivered) -> None:
    """A blocked generation does not send generation.succeeded."""
    for delivery in delivered.of("blocked"):
        named = [attempt for attempt in delivery.attempts if attempt.header("X-Gptimg-Event") == SUCCEEDED]
        expect_attempts(named, f"{SUCCEEDED} of a blocked generation", delivery.generate).to_be_none()


@requirement("HOOK-23")
@every_kind
def test_the_body_is_event_and_data(delivered: Delivered, kind: str) -> None:
    """The body is a JSON object with event and data, and has every documented field."""
    expect_deliveries(delivered.of(kind)).to_be_documented("HOOK-23")


@requirement("HOOK-24")
@every_kind
def test_the_payload_names_the_generation(delivered: Delivered, kind: str) -> None:
    """data.generationId is the id from the answer of generate."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-24", "generationId", "id")


@requirement("HOOK-25")
@along("order")
@every_kind
def test_the_payload_has_the_type(delivered: Delivered, kind: str) -> None:
    """data.type agrees with polling."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-25", "type")


@requirement("HOOK-26")
@along("event")
@every_kind
def test_the_payload_has_the_status(delivered: Delivered, kind: str) -> None:
    """data.status agrees with polling."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-26", "status")


@requirement("HOOK-27")
@along("order")
@every_kind
def test_the_payload_has_the_outputs(delivered: Delivered, kind: str) -> None:
    """data.outputs agrees with polling, entry by entry."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-27", "outputs")


@requirement("HOOK-28")
@every_kind
def test_the_payload_has_the_beginning(delivered: Delivered, kind: str) -> None:
    """data.createdAt agrees with polling."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-28", "createdAt")


@requirement("HOOK-29")
@along("event")
@every_kind
def test_the_payload_has_the_end(delivered: Delivered, kind: str) -> None:
    """data.completedAt agrees with polling."""
    expect_deliveries(delivered.of(kind)).to_agree_with_polling("HOOK-29", "completedAt")


@requirement("HOOK-36")
def test_a_removed_endpoint_gets_nothing(delivered: Delivered) -> None:
    """After its removal was acknowledged, an endpoint gets no delivery of a later generation."""
    not_applicable(
        "the target does not remove webhooks, which is no part of the documentation",
        when=not 200 <= delivered.removal.status < 300,
    )
    delivered.control()
    expect_attempts(delivered.removed.attempts, "an event to a removed endpoint", delivered.removal).to_be_none()
