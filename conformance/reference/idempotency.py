"""A POST with an Idempotency-Key takes effect once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import ApiError
from .request import Request

T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """The first call with a key: what it asked for, and what came of it."""

    content: object
    result: Any


class Idempotency:
    """Remembers successes for ever. A call that is refused leaves its key unused."""

    def __init__(self) -> None:
        self.records: dict[Hashable, Record] = {}
        self._locks: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)

    def scope(self, request: Request) -> Hashable:
        """What a key is unique in: one operation of one account."""
        return request.caller.name, request.route, request.header("idempotency-key")

    async def once(self, request: Request, content: object, make: Callable[[], Awaitable[T]]) -> T:
        """The result of `make`, or of the first call with the same key, for which duplicates wait.

        Raises ApiError 422 when the key was used with other content.
        """
        if not request.header("idempotency-key"):
            return await make()
        scope = self.scope(request)
        async with self._locks[scope]:
            if scope not in self.records:
                self.records[scope] = Record(content, await make())
        first = self.records[scope]
        if first.content != content:
            raise ApiError(422, "idempotency_key_reused", "This Idempotency-Key was used with another body.")
        result: T = first.result
        return result
