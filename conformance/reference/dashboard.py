"""The webhooks of an account, under /api/account/webhooks."""

from typing import Any

from .clock import iso
from .request import Request
from .response import Response, json_response
from .service import Service
from .webhooks import Webhook


async def register(service: Service, request: Request) -> Response:
    """POST: the only response that ever shows the secret."""
    parts = service.parts
    subscription = parts.validator.webhook(await request.read(parts.rules.body_bytes_max))
    webhook = parts.registry.register(request.caller, subscription)
    return json_response(201, {**shown(webhook), "secret": webhook.secret})


async def listing(service: Service, request: Request) -> Response:
    webhooks = service.parts.registry.of(request.caller)
    return json_response(200, {"webhooks": [shown(webhook) for webhook in webhooks]})


async def one(service: Service, request: Request) -> Response:
    return json_response(200, shown(_found(service, request)))


async def switch(service: Service, request: Request) -> Response:
    """PATCH with `{"enabled": true}` enables a disabled webhook again."""
    webhook = _found(service, request)
    enabled = service.parts.validator.enabled(await request.read(service.parts.rules.body_bytes_max))
    service.parts.registry.switch(webhook, enabled=enabled)
    return json_response(200, shown(webhook))


async def remove(service: Service, request: Request) -> Response:
    service.parts.registry.remove(_found(service, request))
    return Response(204)


def shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "label": webhook.label,
        "enabled": webhook.enabled,
        "createdAt": iso(webhook.created_at),
    }


def _found(service: Service, request: Request) -> Webhook:
    return service.parts.registry.find(request.caller, request.params["id"])
