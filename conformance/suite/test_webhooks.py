"""外送 Webhook, 事件 payload: what is delivered to whom, and when (R25, R27, R36)."""

import pytest

from conformance.checks import expect_that
from conformance.checks.deliveries import agree_with_polling, as_documented, each_attempt_is, identified
from conformance.errors import Inconclusive, NotApplicable
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from conformance.plan import requirement
from conformance.scenarios.webhooks import Delivered, Neighbours
from conformance.world import prerequisite
from conformance.world.fixtures import Observe
from conformance.world.laboratory import FAILED, FIRST_ATTEMPT, SUCCEEDED

KINDS = ("succeeded", "failed", "edit")
every_kind = pytest.mark.parametrize("kind", KINDS)


@requirement("HOOK-11")
def test_success_is_reported(delivered: Delivered) -> None:
    """A generation that succeeded sends generation.succeeded."""
    _has_come(delivered.of("succeeded"))


@requirement("HOOK-11")
def test_the_success_of_an_edit_is_reported(delivered: Delivered) -> None:
    """An edit that succeeded sends generation.succeeded."""
    _has_come(delivered.of("edit"))


@requirement("HOOK-11")
def test_success_is_reported_without_polling(delivered: Delivered) -> None:
    """A generation that is never polled sends its event as well."""
    delivered.control()
    unpolled = delivered.unpolled
    prerequisite(200 <= unpolled.generate.status < 300, unpolled.generate, "a 2xx status", "GEN-1")
    expect_that(unpolled.came, "a delivery although nobody polls", unpolled.generate).to_equal(True)


@requirement("HOOK-12")
def test_failure_is_reported(delivered: Delivered) -> None:
    """A generation that failed sends generation.failed."""
    _has_come(delivered.of("failed"))


@requirement("HOOK-13")
@every_kind
def test_an_event_is_delivered_once(delivered: Delivered, kind: str) -> None:
    """An endpoint that answers 200 gets exactly one delivery of an event."""
    identified(delivered.of(kind))
    for delivery in delivered.of(kind):
        ids = {attempt.header("X-Gptimg-Delivery") for attempt in delivery.attempts}
        expect_that(sorted(map(str, ids)), f"deliveries at {delivery.name!r}", delivery.generate).to_satisfy(
            lambda found: len(found) <= 1, "no more than one"
        )


@requirement("HOOK-13")
def test_a_repeated_call_delivers_nothing_again(delivered: Delivered) -> None:
    """Repeating a call with its idempotency key does not deliver the event again."""
    identified([delivered.unpolled])
    _ = delivered.unpolled.first
    ids = {attempt.header("X-Gptimg-Delivery") for attempt in delivered.unpolled.attempts}
    expect_that(len(ids), "deliveries of one generation", delivered.unpolled.generate).to_equal(1)


@requirement("HOOK-14")
@every_kind
def test_every_subscriber_gets_its_own(delivered: Delivered, kind: str) -> None:
    """Each of the endpoints that subscribed to an event gets a delivery of it."""
    deliveries = delivered.of(kind)
    if not any(delivery.came for delivery in deliveries):
        _ = deliveries[0].first
    for delivery in deliveries:
        expect_that(
            delivery.came or bool(delivery.refusals), f"a delivery at {delivery.name!r}", delivery.generate
        ).to_equal(True)


@requirement("HOOK-15")
@every_kind
def test_nothing_comes_before_the_end(delivered: Delivered, kind: str) -> None:
    """When a delivery comes, polling shows that the generation has ended."""
    for delivery in delivered.of(kind):
        _ = delivery.first
        early = [poll.member("status") for poll in delivery.early]
        expect_that(early, f"states shown after the delivery at {delivery.name!r}", delivery.generate).to_equal([])


@requirement("HOOK-16")
@every_kind
def test_the_first_attempt_comes_soon(delivered: Delivered, kind: str) -> None:
    """The first attempt comes within 60 s of the generation's end."""
    for delivery in delivered.of(kind):
        _ = delivery.first
        late = max(delivery.lateness - delivery.noise, 0)
        what = "seconds from the end to the first attempt"
        expect_that(round(late, 3), what, delivery.generate).to_be_between(0, FIRST_ATTEMPT)


@requirement("HOOK-17")
def test_only_what_was_subscribed_comes(delivered: Delivered) -> None:
    """An endpoint that subscribed to one event gets no delivery of the other."""
    delivered.control()
    for delivery in delivered.unwanted:
        expect_that(len(delivery.attempts), f"attempts at {delivery.name!r}", delivery.generate).to_equal(0)


@requirement("HOOK-18")
def test_a_customer_gets_only_its_own_events(neighbours: Neighbours) -> None:
    """An endpoint gets its owner's deliveries, and none of another customer's generations."""
    for delivery in neighbours.at_home:
        _ = delivery.first
    for delivery in neighbours.abroad:
        expect_that(
            len(delivery.attempts), f"another customer's events at {delivery.name!r}", delivery.generate
        ).to_equal(0)


@requirement("HOOK-19")
def test_what_a_blocked_generation_sends(delivered: Delivered, observe: Observe) -> None:
    """Whether a blocked generation sends generation.failed or nothing is recorded, not judged."""
    blocked = delivered.of("blocked")
    delivered.control()
    events = sorted({str(a.header("X-Gptimg-Event")) for delivery in blocked for a in delivery.attempts})
    observe("R25", f"a blocked generation sends {', '.join(events) or 'no event'}")


@requirement("HOOK-20")
@every_kind
def test_a_delivery_is_a_post_to_the_url(delivered: Delivered, kind: str) -> None:
    """Every delivery is a POST to the registered path and query."""
    for delivery in delivered.of(kind):
        methods = [refusal.method for refusal in delivery.refusals if refusal.reason == "method"]
        expect_that(methods, f"other methods at {delivery.name!r}", delivery.generate).to_equal([])
    each_attempt_is(
        delivered.of(kind),
        lambda d, a: a.path.endswith(d.path),
        "the registered URL's path and query",
        lambda a: a.path,
    )


@requirement("HOOK-21")
@every_kind
def test_a_delivery_is_json(delivered: Delivered, kind: str) -> None:
    """Every delivery has the media type application/json."""
    as_documented(delivered.of(kind), "HOOK-21")


@requirement("HOOK-22")
@every_kind
def test_the_event_is_named(delivered: Delivered, kind: str) -> None:
    """X-Gptimg-Event and the body name the event that happened."""
    as_documented(delivered.of(kind), "HOOK-22")


@requirement("HOOK-22")
def test_a_blocked_generation_is_not_called_a_success(delivered: Delivered) -> None:
    """A blocked generation does not send generation.succeeded."""
    for delivery in delivered.of("blocked"):
        events = [attempt.header("X-Gptimg-Event") for attempt in delivery.attempts]
        expect_that(events, f"the events at {delivery.name!r}", delivery.generate).to_satisfy(
            lambda found: SUCCEEDED not in found, f"without {SUCCEEDED}"
        )


@requirement("HOOK-23")
@every_kind
def test_the_body_is_event_and_data(delivered: Delivered, kind: str) -> None:
    """The body is a JSON object with event and data, and has every documented field."""
    as_documented(delivered.of(kind), "HOOK-23")


def _agree(delivered: Delivered, kind: str, requirement_id: str, member: str, polled: str = "") -> None:
    if requirement_id != "HOOK-24":
        identified(delivered.of(kind))
    as_documented(delivered.of(kind), requirement_id)
    agree_with_polling(delivered.of(kind), member, polled)


@requirement("HOOK-24")
@every_kind
def test_the_payload_names_the_generation(delivered: Delivered, kind: str) -> None:
    """data.generationId is the id from the answer of generate."""
    _agree(delivered, kind, "HOOK-24", "generationId", "id")


@requirement("HOOK-25")
@every_kind
def test_the_payload_has_the_type(delivered: Delivered, kind: str) -> None:
    """data.type agrees with polling."""
    _agree(delivered, kind, "HOOK-25", "type")


@requirement("HOOK-26")
@every_kind
def test_the_payload_has_the_status(delivered: Delivered, kind: str) -> None:
    """data.status agrees with polling."""
    _agree(delivered, kind, "HOOK-26", "status")


@requirement("HOOK-27")
@every_kind
def test_the_payload_has_the_outputs(delivered: Delivered, kind: str) -> None:
    """data.outputs agrees with polling, entry by entry."""
    _agree(delivered, kind, "HOOK-27", "outputs")


@requirement("HOOK-28")
@every_kind
def test_the_payload_has_the_beginning(delivered: Delivered, kind: str) -> None:
    """data.createdAt agrees with polling."""
    _agree(delivered, kind, "HOOK-28", "createdAt")


@requirement("HOOK-29")
@every_kind
def test_the_payload_has_the_end(delivered: Delivered, kind: str) -> None:
    """data.completedAt agrees with polling."""
    _agree(delivered, kind, "HOOK-29", "completedAt")


@requirement("HOOK-36")
def test_a_removed_endpoint_gets_nothing(delivered: Delivered) -> None:
    """After its removal was acknowledged, an endpoint gets no delivery of a later generation."""
    if not 200 <= delivered.removal.status < 300:
        raise NotApplicable("the target does not remove webhooks, which is no part of the documentation")
    delivered.control()
    expect_that(len(delivered.removed.attempts), "attempts after the removal", delivered.removal).to_equal(0)


def _has_come(deliveries: tuple[Delivery, ...]) -> None:
    """At one endpoint at least; where another method was used than POST, that is another requirement's."""
    if any(delivery.came for delivery in deliveries):
        return
    first = deliveries[0]
    if first.refusals:
        _ = first.first
    if first.record is None:
        raise Inconclusive("depends on a generation that was seen to end", root="LIFE-9")
    ended, wanted = first.record.get("status"), first.event.rpartition(".")[2]
    if ended != wanted:
        root = "LIFE-12" if first.event == FAILED else "LIFE-9"
        raise Inconclusive(f"depends on a generation that ends {wanted}; this one ended {ended}", root=root)
    raise Nonconformity(f"a delivery of {first.event}", f"none at {len(deliveries)} endpoints", first.generate)
