"""Servers that count failures differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.faults.deviations.webhook_disabling import _count_deliveries
from conformance.reference import Service
from conformance.reference.webhooks import Webhook


@permitted("R32")
def deliveries_are_counted(service: Service) -> None:
    """Eight deliveries in a row that failed in all their attempts switch an endpoint off."""
    _count_deliveries(service)


@permitted("R32")
def retries_run_out(service: Service) -> None:
    """An endpoint that is switched off still gets the retries of what was under way."""
    registry = service.parts.registry
    off: set[str] = set()
    proper = registry.subscribers

    def failed(webhook: Webhook) -> None:
        webhook.failures += 1
        if webhook.failures >= registry.rules.disable_after:
            off.add(webhook.id)

    registry.failed = failed  # type: ignore[method-assign]
    registry.subscribers = lambda account, event: [w for w in proper(account, event) if w.id not in off]  # type: ignore[method-assign]
