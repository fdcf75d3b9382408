"""The reference server without its sockets: calls straight into its application, on a stepped clock."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.reference import Rules, Service, SteppedClock
from conformance.reference.app import application
from conformance.reference.parts import assemble
from conformance.reference.response import Response, dump

BASE_URL = "http://reference.test"


class InProcess:
    """Answers one call at a time, in a tenth of a millisecond. `alter` is called once, before the first."""

    def __init__(self, alter: Callable[[Service], object] | None = None) -> None:
        # Tests have no hurry: however busy the computer is, decoding an input image outruns no timer.
        self.clock = SteppedClock(grace=30)
        self.service = Service(assemble(Rules(), self.clock, BASE_URL))
        if alter is not None:
            alter(self.service)
        self.application = application(self.service)
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        self.loop.run_until_complete(self.clock.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def call(self, account: str, method: str, path: str, body: Any = None, key: str = "") -> Response:
        """A call of the API with an account's key; `key` is the Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.service.parts.accounts[account].key}"}
        if key:
            headers["Idempotency-Key"] = key
        return self.request(method, f"{BASE_URL}/api/v1/{path}", headers, b"" if body is None else dump(body))

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """Any request."""
        return self.loop.run_until_complete(self._answer(method, url, headers, body))

    def advance(self, seconds: float) -> None:
        """Move the clock, and let what woke up come to rest."""
        self.loop.run_until_complete(self._advance(seconds))

    async def _advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        while self.clock.busy():  # noqa: ASYNC110 - work in threads announces no rest
            await asyncio.sleep(0)

    async def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        parts, sent = urlsplit(url), list[dict[str, Any]]()
        fields = {"Host": parts.netloc, "Content-Length": str(len(body)), **headers}
        scope = {
            "type": "http", "method": method, "path": unquote(parts.path), "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        raw = sent[0]["headers"]
        return Response(
            sent[0]["status"],
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw),
            sent[1]["body"],
        )
