"""The routes, and how a request goes through one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from starlette.routing import Route, Router

from . import api, control, dashboard, public
from .clock import SteppedClock
from .errors import ApiError, not_found
from .guards import Guard, by_key, by_session, by_signature, open_to_all, settled
from .request import Disconnected, Receive, Request, Scope
from .response import Response
from .service import Handler, Service
from .storage import BUCKET

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Resource:
    """One path. `name` is what hooks know it by; no methods at all: there is nothing here."""

    service: Service
    name: str
    guard: Guard
    methods: Mapping[str, Handler]
    hooked: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope, receive, self.name)
        try:
            response = await settled(self.guard(self.service, request, self.handle))
            if self.hooked:
                response = await self.service.rewritten(request, response)
        except (Disconnected, asyncio.CancelledError):  # the client has gone, or the server is going
            return
        await transmit(response, send, request.method, self.service.parts.clock.now())

    async def handle(self, service: Service, request: Request) -> Response:
        if not self.methods:
            raise not_found("path")
        handler = self.methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            raise ApiError(
                405, "method_not_allowed", "This method is not served here.", headers=(("Allow", self.allow()),)
            )
        return await handler(service, request)

    def allow(self) -> str:
        names = {*self.methods, *({"HEAD"} if "GET" in self.methods else ())}
        return ", ".join(sorted(names))


async def transmit(response: Response, send: Send, method: str, now: float) -> None:
    """Send a response, with its length and the clock's date."""
    headers = list(response.headers)
    if response.header("Date") is None:
        headers.append(("Date", formatdate(now, usegmt=True)))
    if response.header("Content-Length") is None and response.status not in (204, 304):
        headers.append(("Content-Length", str(len(response.body))))
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else response.body})


def application(service: Service) -> Router:
    """The ASGI application of a service.

    Hooks see the route names generate, upload, generation, webhooks, webhook, image, object and unknown.
    """

    def route(path: str, name: str, guard: Guard, **methods: Handler) -> Route:
        return Route(path, Resource(service, name, guard, methods))

    routes = [
        route("/api/v1/generate", "generate", by_key, POST=api.generate),
        route("/api/v1/upload", "upload", by_key, POST=api.upload),
        route("/api/v1/generations/{id}", "generation", by_key, GET=api.generation),
        route("/api/v1/{rest:path}", "unknown", by_key),
        route("/api/account/webhooks", "webhooks", by_session, GET=dashboard.listing, POST=dashboard.register),
        route(
            "/api/account/webhooks/{id}",
            "webhook",
            by_session,
            GET=dashboard.one,
            PATCH=dashboard.switch,
            DELETE=dashboard.remove,
        ),
        route("/images/{id}/{file}", "image", open_to_all, GET=public.image),
        route(f"/{BUCKET}/{{key:path}}", "object", by_signature, PUT=public.put_object),
    ]
    clock = service.parts.clock
    if isinstance(clock, SteppedClock):
        own = Resource(service, "clock", open_to_all, control.methods(clock), hooked=False)
        routes.append(Route(control.PATH, own))
    routes.append(route("/{rest:path}", "unknown", open_to_all))
    return Router(routes, redirect_slashes=False)
