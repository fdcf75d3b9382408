"""The three operations of the documentation."""

from .model import Generation
from .request import Request
from .response import Response, json_response
from .service import Service


async def generate(service: Service, request: Request) -> Response:
    """POST /api/v1/generate. Refused with, in this order, 401, 429, 403, 400, 402, 422."""
    parts = service.parts
    body = await request.read(parts.rules.body_bytes_max)
    account = request.caller
    parts.plans.admit(account)
    order = parts.validator.order(body)

    async def make() -> Generation:
        return await service.studio.accept(account, order)

    generation = await parts.idempotency.once(request, order, make)
    return json_response(202, parts.presenter.accepted(generation))


async def upload(service: Service, request: Request) -> Response:
    """POST /api/v1/upload: a presigned PUT URL and the key of what will be put there."""
    parts = service.parts
    order = parts.validator.upload(await request.read(parts.rules.body_bytes_max))

    async def make() -> dict[str, str]:
        key = parts.bucket.reserve(request.caller, order)
        return {"url": parts.presigner.url(key, order), "key": key}

    return json_response(200, await parts.idempotency.once(request, order, make))


async def generation(service: Service, request: Request) -> Response:
    """GET /api/v1/generations/:id, at once and as it stands."""
    found = service.studio.find(request.caller, request.params["id"])
    return json_response(200, service.parts.presenter.record(found), (("Cache-Control", "no-store"),))
