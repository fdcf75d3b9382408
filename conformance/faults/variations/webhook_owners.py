"""Servers that answer for another customer's endpoints differently from the reference, and are right."""

from conformance.faults.catalogue import permitted
from conformance.faults.verbs import Proper, answer, around, becomes, on_response, refusal
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Subscription
from conformance.reference.response import Response, json_response
from conformance.reference.webhooks import Webhook


@permitted("R42")
def what_is_not_there_is_removed_and_changed(service: Service) -> None:
    """Removing and changing are statements of SQL, and answer the same whether they met a row or none."""
    on_response(service, answer("webhook", 404, to=lambda request: request.method == "DELETE"), becomes(Response(204)))
    changed = answer("webhook", 404, to=lambda request: request.method in {"PATCH", "PUT"})
    on_response(service, changed, becomes(json_response(200, {"ok": True})))


@permitted("R42")
def other_customers_endpoints_are_forbidden(service: Service) -> None:
    """Another customer's endpoint is answered 403, one that never was 404."""
    registry = service.parts.registry.webhooks
    theirs = answer("webhook", 404, to=lambda request: request.params["id"] in registry)
    on_response(service, theirs, becomes(refusal(403)))


@permitted("R26", "R42")
def a_url_has_one_customer(service: Service) -> None:
    """A URL that another customer has registered is refused."""
    registry = service.parts.registry

    def register(proper: Proper, account: Account, subscription: Subscription) -> Webhook:
        if any(w.url == subscription.url and w.account != account for w in registry.webhooks.values()):
            raise ApiError(409, "url_is_taken", "This URL is registered already.")
        made: Webhook = proper(account, subscription)
        return made

    around(registry, "register", register)
