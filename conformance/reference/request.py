"""A request as the server sees it."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError
from .model import Account

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Disconnected(Exception):  # noqa: N818 - no error of anybody's: the client has gone
    """The client broke off before its body was complete, so there is nobody to answer."""


@dataclass
class Request:
    """Header names in lower case. `account` is known once the caller is authenticated, `body` once it is read.

    `peer` is the client's end of the connection: the same for all requests on one, and for no other meanwhile.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    route: str
    params: Mapping[str, str]
    receive: Receive = field(repr=False)
    account: Account | None = None
    body: bytes = b""
    peer: str = ""

    @classmethod
    def of(cls, scope: Scope, receive: Receive, route: str) -> "Request":
        return cls(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
            ),
            route=route,
            params=scope.get("path_params", {}),
            receive=receive,
            peer=":".join(map(str, scope.get("client") or ())),
        )

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next(iter(self.all(name)), None)

    @property
    def caller(self) -> Account:
        """The authenticated account."""
        if self.account is None:
            raise LookupError("nobody is authenticated on this route")
        return self.account

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises ApiError 400 when it is longer than `limit` bytes, Disconnected when it never ends."""
        chunks, size = [], 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise ApiError(400, "body_too_large", f"The body is longer than {limit} bytes.")
            if not message.get("more_body", False):
                self.body = b"".join(chunks)
                return self.body
