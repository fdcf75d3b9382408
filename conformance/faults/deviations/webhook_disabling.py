"""Servers that switch endpoints off too early, too late, or never."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import Proper, around, change_rules
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.sender import Reply
from conformance.reference.webhooks import Webhook


def count_deliveries(
    service: Service, *, later: int = 0, reset: bool = True, failed: Callable[[Reply | None], bool] | None = None
) -> None:
    """Deliveries that failed in all their attempts are counted, not attempts.

    An endpoint is off so many deliveries later than the documented number of attempts. `failed` says what a last
    attempt must have been answered to count.
    """
    registry, lost = service.parts.registry, Counter[str]()
    limit = service.parts.rules.disable_after + later
    last = len(service.parts.rules.retry_delays) + 1

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        is_lost = failed(reply) if failed else not service.dispatcher.is_success(reply)
        if one.number == last and is_lost:
            lost[one.webhook.id] += 1
            one.webhook.enabled = lost[one.webhook.id] < limit
        return reply

    around(registry, "failed", lambda *_: None)
    around(registry, "succeeded", lambda _, webhook: lost.pop(webhook.id, None) if reset else None)
    around(service.dispatcher, "attempt", attempt)


@breaks("HOOK-30")
def off_after_three(service: Service) -> None:
    """The counter's limit is that of one delivery's retries: a restart of the receiver loses its webhook."""
    change_rules(service, disable_after=len(service.parts.rules.retry_delays))


@breaks("HOOK-30")
def off_after_seven(service: Service) -> None:
    """The count of failures begins at one: a receiver that recovers at the last moment has lost its webhook."""
    change_rules(service, disable_after=service.parts.rules.disable_after - 1)


@breaks("HOOK-31")
def never_off(service: Service) -> None:
    """Failures are counted and nobody looks at them: a receiver that was taken down years ago is still called."""
    change_rules(service, disable_after=10**9)


@breaks("HOOK-31")
def off_after_nine_deliveries(service: Service) -> None:
    """A `>` where a `>=` belongs, of a count of deliveries: a dead receiver is called longer than was promised."""
    count_deliveries(service, later=1)


@breaks("HOOK-31", along=("hour",))
def off_for_an_hour(service: Service) -> None:
    """The circuit breaker closes by itself: a receiver that is gone for good is called for ever."""
    registry, clock = service.parts.registry, service.parts.clock

    async def revive(webhook: Webhook) -> None:
        await clock.sleep(60 * 60)
        registry.switch(webhook, enabled=True)

    def failed(proper: Proper, webhook: Webhook) -> None:
        was_enabled = webhook.enabled
        proper(webhook)
        if was_enabled and not webhook.enabled:
            clock.spawn(revive(webhook))

    around(registry, "failed", failed)


@breaks("HOOK-31")
def only_server_errors_count(service: Service) -> None:
    """Only a 5xx is counted as a failure: a receiver that answers 404 for ever is called for ever."""
    count_deliveries(service, failed=lambda reply: reply is not None and reply.status >= 500)


@breaks("HOOK-30")
def gone_switches_off(service: Service) -> None:
    """A 410 is taken for the wish to hear no more: one answer of a deployment loses the webhook for good."""

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        if reply is not None and reply.status == HTTPStatus.GONE:
            one.webhook.enabled = False
        return reply

    around(service.dispatcher, "attempt", attempt)


@breaks("HOOK-32")
def failures_are_never_forgotten(service: Service) -> None:
    """A success does not reset the counter: an endpoint that fails once a month is off after some months."""
    around(service.parts.registry, "succeeded", lambda *_: None)


@breaks("HOOK-32")
def failed_deliveries_are_never_forgotten(service: Service) -> None:
    """A success does not reset the count of lost deliveries: an endpoint that loses one now and then is off one day."""
    count_deliveries(service, reset=False)


@breaks("HOOK-32")
def retries_that_were_needed_are_never_forgotten(service: Service) -> None:
    """Failures that a retry made good are counted apart, for ever: a receiver that starts slowly loses its webhook."""
    needed, limit = Counter[str](), service.parts.rules.disable_after

    async def attempt(proper: Proper, one: Attempt) -> Reply | None:
        reply: Reply | None = await proper(one)
        if service.dispatcher.is_success(reply):
            needed[one.webhook.id] += one.number - 1
            one.webhook.enabled = one.webhook.enabled and needed[one.webhook.id] < limit
        return reply

    around(service.dispatcher, "attempt", attempt)


@breaks("HOOK-30")
def the_oldest_endpoint_is_switched_off_as_well(service: Service) -> None:
    """An update by account in place of by endpoint, with a limit of one: the wrong receiver falls silent."""
    registry = service.parts.registry

    def failed(proper: Proper, webhook: Webhook) -> None:
        proper(webhook)
        if not webhook.enabled:
            registry.of(webhook.account)[0].enabled = False

    around(registry, "failed", failed)


@breaks("SIGN-3")
def switching_on_renews_the_secret(service: Service) -> None:
    """Enabling registers anew, with a secret that nobody is told: the receiver refuses whatever comes from then on."""
    ids = service.parts.ids

    def switch(proper: Proper, webhook: Webhook, *, enabled: bool) -> None:
        proper(webhook, enabled=enabled)
        webhook.secret = ids.secret() if enabled else webhook.secret

    around(service.parts.registry, "switch", switch)
