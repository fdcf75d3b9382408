"""The API as one account sees it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conformance.client.quota import Quota
from conformance.client.sender import Sender
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.evidence.blame import must_be_whole


@dataclass(frozen=True)
class Api:
    """One account's key against one target. `key` is a token of the recorder's vault; empty: no credential."""

    sender: Sender
    base_url: str
    account: str
    key: str
    quota: Quota

    def generate(self, body: Any = None, *, idempotency_key: str = "", **options: Any) -> Exchange:
        """POST /api/v1/generate with this JSON body, by default the cheapest."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.call("generate", body=body, headers=headers, **options)

    def upload(self, body: Any = None, **options: Any) -> Exchange:
        """POST /api/v1/upload with this JSON body, by default the contract's example."""
        return self.call("upload", body=body, **options)

    def generation(self, generation_id: str, **options: Any) -> Exchange:
        """GET /api/v1/generations/:id."""
        return self.call("generation", generation_id, **options)

    def call(
        self, operation: str, id_: str = "", *, body: Any = None, headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Exchange:  # fmt: skip
        """Any operation of the contract, about the thing of this id where it takes one.

        `body`: a JSON value, or the bytes themselves; by default, and where it takes a body, the contract's example.
        """
        found, sent, content = load().operations[operation], dict(headers or {}), b""
        if found.takes_body:
            value = found.example if body is None else body
            content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
            sent = {"Content-Type": "application/json", **sent}
        return self.request(found.method, found.url(id_), operation, headers=sent, content=content, **options)

    def request(
        self,
        method: str,
        path: str,
        operation: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] = b"",
        probe: str = "",
        expects_429: bool = False,
        allow_unreachable: bool = False,
        tags: tuple[str, ...] = (),
    ) -> Exchange:
        """Any request under this account's key.

        Raises Inconclusive when what came says nothing about the requirement under test (R44): no whole answer, or a
        gateway's (unless that is fine), a 429 that was not asked for, a 402 for want of credits.
        """
        sent = {**({"Authorization": f"Bearer {self.key}"} if self.key else {}), **(headers or {})}
        harmless = operation == "upload" or not self.account or "Idempotency-Key" in sent
        with self.quota.slot(self.account if not expects_429 else ""), self._counted(expects_429) as seen:
            exchange = self.sender.send(
                method, self.base_url + path, headers=sent, content=content, account=self.account,
                operation=operation, probe=probe, expects_429=expects_429, tags=tags,
                harmless=harmless and isinstance(content, bytes), kind="another path",
            )  # fmt: skip
            seen.append(exchange)
        self.quota.see(exchange)
        if not allow_unreachable:
            must_be_whole(exchange)
        return exchange

    @contextmanager
    def _counted(self, expects_429: bool) -> Iterator[list[Exchange]]:
        """A call, which puts its exchange into the list. Raises Throttled where none is left of the quota."""
        seen: list[Exchange] = []
        remaining = self.sender.remaining if self.account else None
        number = remaining.take(self.account, whatever=expects_429) if remaining else 0
        try:
            yield seen
        finally:
            if remaining:
                remaining.see(self.account, number, *seen)

    def with_key(self, key: str, account: str = "") -> "Api":
        """The same target under another credential."""
        return Api(self.sender, self.base_url, account, key, self.quota)
