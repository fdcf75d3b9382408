"""Servers that count failures differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.faults.deviations.webhook_disabling import count_deliveries
from conformance.faults.verbs import Proper, around, on_result
from conformance.reference import Service
from conformance.reference.webhooks import Webhook


@permitted("R32")
def deliveries_are_counted(service: Service) -> None:
    """Deliveries in a row that failed in all their attempts switch an endpoint off."""
    count_deliveries(service)


@permitted("R32")
def retries_run_out(service: Service) -> None:
    """An endpoint that is switched off still gets the retries of what was under way."""
    registry, off = service.parts.registry, set[str]()

    def failed(_: Proper, webhook: Webhook) -> None:
        webhook.failures += 1
        if webhook.failures >= registry.rules.disable_after:
            off.add(webhook.id)

    around(registry, "failed", failed)
    on_result(registry, "subscribers", lambda webhooks, *_: [one for one in webhooks if one.id not in off])
