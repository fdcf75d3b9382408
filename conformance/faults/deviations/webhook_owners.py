"""Servers that show one customer the endpoints of another, or let one touch them."""

import json
from collections.abc import Callable

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import Proper, answer, around, on_response
from conformance.reference import Service
from conformance.reference.dashboard import shown
from conformance.reference.model import Account, Subscription
from conformance.reference.request import Request
from conformance.reference.response import Response, json_response
from conformance.reference.webhooks import Webhook

Act = Callable[[Webhook, Request, Response], Response]


def _everybodys(service: Service, method: str, act: Act) -> None:
    """A request for another customer's webhook, by its id, is answered by `act`."""
    webhooks = service.parts.registry.webhooks

    async def touch(request: Request, response: Response) -> Response:
        found = webhooks.get(request.params["id"])
        await request.read(service.parts.rules.body_bytes_max)
        return response if found is None else act(found, request, response)

    on_response(service, answer("webhook", 404, to=lambda request: request.method == method), touch)


def _on_change(service: Service, change: Callable[[Webhook, dict[str, object]], object]) -> None:
    """A PATCH changes another customer's webhook as well, and says so."""

    async def patch(request: Request, response: Response) -> Response:
        found = service.parts.registry.webhooks.get(request.params["id"])
        if found is None:
            return response
        change(found, json.loads(await request.read(service.parts.rules.body_bytes_max)))
        return json_response(200, shown(found))

    on_response(service, answer("webhook", 404, to=lambda request: request.method == "PATCH"), patch)


@breaks("HOOK-37")
def the_list_is_everybodys(service: Service) -> None:
    """The query for the list lacks the account: every customer reads where all others receive their events."""
    listed = answer("webhooks", 200, to=lambda request: request.method == "GET")
    every = service.parts.registry.webhooks
    on_response(
        service, listed, lambda *_: json_response(200, {"webhooks": [shown(webhook) for webhook in every.values()]})
    )


@breaks("HOOK-37")
def anybody_reads_an_endpoint(service: Service) -> None:
    """An endpoint is found by its id alone: whoever has seen one in a log reads its URL, with the token in it."""
    _everybodys(service, "GET", lambda webhook, *_: json_response(200, shown(webhook)))


@breaks("HOOK-5", also={"HOOK-37": "the URL is shown too"}, along=("account",))
def anybody_reads_a_secret(service: Service) -> None:
    """The page for support finds by id, and shows all: whoever has seen an id can forge another customer's events."""
    _everybodys(service, "GET", lambda webhook, *_: json_response(200, {**shown(webhook), "secret": webhook.secret}))


def _removed(service: Service, webhook: Webhook, response: Response) -> Response:
    service.parts.registry.remove(webhook)
    return response


@breaks("HOOK-37")
def anybody_removes_an_endpoint(service: Service) -> None:
    """DELETE finds by its id alone: a customer's events stop when another removes the endpoint."""
    _everybodys(service, "DELETE", lambda webhook, *_: _removed(service, webhook, Response(204)))


@breaks("HOOK-37")
def an_endpoint_is_removed_and_not_found(service: Service) -> None:
    """The owner is compared after the row was deleted: another customer reads 404, and the events stop all the same."""
    _everybodys(service, "DELETE", lambda webhook, _, response: _removed(service, webhook, response))


@breaks("HOOK-37")
def anybody_switches_an_endpoint_off(service: Service) -> None:
    """The update finds by its id alone: a customer's events stop when another switches the endpoint off."""
    _on_change(service, lambda webhook, body: setattr(webhook, "enabled", body.get("enabled", webhook.enabled)))


@breaks("HOOK-37")
def anybody_switches_an_endpoint_on(service: Service) -> None:
    """Only switching off asks for the owner: a receiver that was taken out of service is called again."""
    _on_change(service, lambda webhook, body: setattr(webhook, "enabled", webhook.enabled or bool(body.get("enabled"))))


@breaks("HOOK-37")
def anybody_moves_an_endpoint(service: Service) -> None:
    """The URL can be changed by whoever has the id: a customer's events go to a stranger, and the list shows it."""
    _on_change(service, lambda webhook, body: setattr(webhook, "url", body.get("url", webhook.url)))


@breaks("HOOK-37")
def a_url_changes_its_owner(service: Service) -> None:
    """Registering is an upsert by URL: who registers another customer's URL has the row, and the owner nothing."""
    registry = service.parts.registry

    def register(proper: Proper, account: Account, subscription: Subscription) -> Webhook:
        for webhook in registry.webhooks.values():
            if webhook.url == subscription.url and webhook.account != account:
                webhook.account, webhook.secret = account, service.parts.ids.secret()
                return webhook
        made: Webhook = proper(account, subscription)
        return made

    around(registry, "register", register)


@breaks("HOOK-4", along=("account",))
def a_secret_for_each_url(service: Service) -> None:
    """Secrets are kept by URL, whoever registers it: who knows another customer's URL can forge its events."""
    registry = service.parts.registry

    def register(proper: Proper, account: Account, subscription: Subscription) -> Webhook:
        others = [w for w in registry.webhooks.values() if w.url == subscription.url and w.account != account]
        made: Webhook = proper(account, subscription)
        made.secret = others[0].secret if others else made.secret
        return made

    around(registry, "register", register)
