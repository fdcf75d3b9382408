"""Checks before a route's methods: access, and the answer to a refusal."""

import logging
from collections.abc import Awaitable, Callable

from .errors import ApiError, Refusal
from .request import Disconnected, Request
from .response import Response
from .service import Handler, Service

Guard = Callable[[Service, Request, Handler], Awaitable[Response]]

log = logging.getLogger(__name__)


async def settled(work: Awaitable[Response]) -> Response:
    """The response, or the refusal's, or 500. Only a client that left gets none."""
    try:
        return await work
    except Refusal as refusal:
        return refusal.response()
    except Disconnected:
        raise
    except Exception:
        log.exception("a request could not be served")
        return ApiError(500, "internal_error", "This is a fault of the server.").response()


async def by_key(service: Service, request: Request, handler: Handler) -> Response:
    """A Bearer key, within its rate limits, whose headers are on every answer."""
    parts = service.parts
    try:
        request.account = parts.authenticator.account_of(request)
    except Refusal as refusal:
        return refusal.response().with_headers(parts.limiter.untouched())
    response = await settled(_in_slot(service, request, handler))
    return response.with_headers(parts.limiter.headers(request))


async def _in_slot(service: Service, request: Request, handler: Handler) -> Response:
    with service.parts.limiter.slot(request):
        return await handler(service, request)


async def by_session(service: Service, request: Request, handler: Handler) -> Response:
    """A dashboard session. Nothing here is for caches."""
    request.account = service.parts.sessions.account_of(request)
    response = await settled(handler(service, request))
    return response.with_headers([("Cache-Control", "no-store")])


async def by_signature(service: Service, request: Request, handler: Handler) -> Response:
    """A presigned URL, judged before the body is read."""
    service.parts.presigner.verify(request)
    return await handler(service, request)


async def open_to_all(service: Service, request: Request, handler: Handler) -> Response:
    return await handler(service, request)
