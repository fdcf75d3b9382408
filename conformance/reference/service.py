"""The server without the network: its parts, how they work together, and the hooks."""

import inspect
from collections.abc import Awaitable, Callable

from .dispatcher import Dispatcher
from .model import Generation
from .parts import Parts
from .request import Request
from .response import Response
from .studio import Studio

Rewriter = Callable[[Request, Response], Response | Awaitable[Response]]
Handler = Callable[["Service", Request], Awaitable[Response]]


class Service:
    """`rewriters` see every response just before it is sent; `dispatcher.disturbers` every attempt of a delivery."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.studio = Studio(parts)
        self.dispatcher = Dispatcher(parts)
        self.rewriters: list[Rewriter] = []
        parts.ended.append(self._announce)

    def _announce(self, generation: Generation) -> None:
        self.dispatcher.announce(generation)

    async def rewritten(self, request: Request, response: Response) -> Response:
        for rewrite in self.rewriters:
            rewriting = rewrite(request, response)
            response = await rewriting if inspect.isawaitable(rewriting) else rewriting
        return response
