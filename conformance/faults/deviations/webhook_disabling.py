"""Servers that switch endpoints off too early, too late, or never."""

from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt
from conformance.reference.sender import Reply
from conformance.reference.webhooks import Webhook


def _after(service: Service, failures: int) -> None:
    registry = service.parts.registry
    registry.rules = replace(registry.rules, disable_after=failures)


def _count_deliveries(service: Service, *, reset: bool = True, limit: int = 8) -> None:
    """Deliveries that failed in all their attempts are counted, not attempts."""
    registry = service.parts.registry
    lost: dict[str, int] = {}

    def failed(webhook: Webhook) -> None:
        """A single attempt does not count."""

    def succeeded(webhook: Webhook) -> None:
        if reset:
            lost[webhook.id] = 0

    proper = service.dispatcher.attempt

    async def tried(attempt: Attempt) -> Reply | None:
        reply = await proper(attempt)
        if attempt.number == 4 and not service.dispatcher.is_success(reply):
            lost[attempt.webhook.id] = lost.get(attempt.webhook.id, 0) + 1
            attempt.webhook.enabled = lost[attempt.webhook.id] < limit
        return reply

    registry.failed, registry.succeeded = failed, succeeded  # type: ignore[method-assign]
    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("HOOK-30")
def off_after_three(service: Service) -> None:
    """A restart of the receiver is enough to lose its webhook."""
    _after(service, 3)


@breaks("HOOK-30")
def off_after_seven(service: Service) -> None:
    """One failure too early."""
    _after(service, 7)


@breaks("HOOK-31")
def never_off(service: Service) -> None:
    """A receiver that was taken down years ago is still called."""
    _after(service, 10**9)


@breaks("HOOK-31")
def off_after_nine_deliveries(service: Service) -> None:
    """One delivery too late."""
    _count_deliveries(service, limit=9)


@breaks("HOOK-31")
def off_for_an_hour(service: Service) -> None:
    """A circuit breaker that closes by itself: a receiver that is gone for good is called for ever."""
    registry, clock = service.parts.registry, service.parts.clock
    proper = registry.failed

    async def revive(webhook: Webhook) -> None:
        await clock.sleep(3600)
        registry.switch(webhook, enabled=True)

    def failed(webhook: Webhook) -> None:
        was_enabled = webhook.enabled
        proper(webhook)
        if was_enabled and not webhook.enabled:
            clock.spawn(revive(webhook))

    registry.failed = failed  # type: ignore[method-assign]


@breaks("HOOK-31")
def only_server_errors_count(service: Service) -> None:
    """A receiver that answers 404 for ever is called for ever."""
    registry = service.parts.registry
    proper = service.dispatcher.attempt
    limit: dict[str, int] = {}

    async def tried(attempt: Attempt) -> Reply | None:
        reply = await proper(attempt)
        if attempt.number == 4 and reply is not None and reply.status >= 500:
            limit[attempt.webhook.id] = limit.get(attempt.webhook.id, 0) + 1
            attempt.webhook.enabled = limit[attempt.webhook.id] < 8
        return reply

    registry.failed = lambda webhook: None  # type: ignore[method-assign]
    registry.succeeded = lambda webhook: limit.pop(webhook.id, None)  # type: ignore[method-assign,assignment]
    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("HOOK-32")
def failures_are_never_forgotten(service: Service) -> None:
    """An endpoint that fails once a month is switched off after eight months."""
    service.parts.registry.succeeded = lambda webhook: None  # type: ignore[method-assign]


@breaks("HOOK-32")
def failed_deliveries_are_never_forgotten(service: Service) -> None:
    """The same, where deliveries are counted."""
    _count_deliveries(service, reset=False)


@breaks("HOOK-32")
def retries_that_were_needed_are_never_forgotten(service: Service) -> None:
    """Failures that a retry made good are counted apart, for ever: a receiver that starts slowly loses its webhook."""
    proper, needed = service.dispatcher.attempt, dict[str, int]()

    async def tried(attempt: Attempt) -> Reply | None:
        reply = await proper(attempt)
        if service.dispatcher.is_success(reply):
            webhook = attempt.webhook
            needed[webhook.id] = needed.get(webhook.id, 0) + attempt.number - 1
            webhook.enabled = webhook.enabled and needed[webhook.id] < 8
        return reply

    service.dispatcher.attempt = tried  # type: ignore[method-assign]


@breaks("HOOK-30")
def the_oldest_endpoint_is_switched_off_as_well(service: Service) -> None:
    """An update by account in place of by endpoint, with a limit of one: the wrong receiver falls silent."""
    registry = service.parts.registry
    proper = registry.failed

    def failed(webhook: Webhook) -> None:
        proper(webhook)
        if not webhook.enabled:
            registry.of(webhook.account)[0].enabled = False

    registry.failed = failed  # type: ignore[method-assign]
