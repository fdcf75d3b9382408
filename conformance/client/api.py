"""The API as one account sees it. Bodies are valid by default; a test names only what matters to it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from conformance.client.quota import Quota
from conformance.client.recorder import Recorder
from conformance.errors import Throttled, Unreachable
from conformance.evidence import Exchange

PATHS = {"generate": "/api/v1/generate", "upload": "/api/v1/upload", "generation": "/api/v1/generations/"}
OMIT = object()
"""As a field's value: leave the field out of the valid body."""

TOO_MANY = 429


def a_generation(**fields: Any) -> dict[str, Any]:
    """The body of a valid, cheapest generate call (1 credit), with these fields changed or, by OMIT, left out."""
    return _without_omitted({"prompt": "A lighthouse at dusk, 35mm lens, soft light", "quality": "low"} | fields)


def an_upload(**fields: Any) -> dict[str, Any]:
    """The body of a valid upload call, with these fields changed or, by OMIT, left out."""
    return _without_omitted({"filename": "photo.png", "contentType": "image/png", "size": 1024} | fields)


def _without_omitted(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not OMIT}


@dataclass(frozen=True)
class Api:
    """One account's key against one target. `key` is a token of the recorder's vault; empty: no credential."""

    recorder: Recorder
    base_url: str
    account: str
    key: str
    quota: Quota

    def generate(self, body: Any = None, *, idempotency_key: str = "", **options: Any) -> Exchange:
        """POST /api/v1/generate with this JSON body, by default `a_generation()`."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.post("generate", a_generation() if body is None else body, headers=headers, **options)

    def upload(self, body: Any = None, **options: Any) -> Exchange:
        """POST /api/v1/upload with this JSON body, by default `an_upload()`."""
        return self.post("upload", an_upload() if body is None else body, **options)

    def generation(self, generation_id: str, **options: Any) -> Exchange:
        """GET /api/v1/generations/:id."""
        return self.request("GET", PATHS["generation"] + quote(generation_id, safe=""), "generation", **options)

    def post(self, operation: str, body: Any, *, headers: Mapping[str, str] | None = None, **options: Any) -> Exchange:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self.request("POST", PATHS[operation], operation, headers=sent, content=content, **options)

    def request(
        self,
        method: str,
        path: str,
        operation: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] = b"",
        probe: str = "",
        asked_for_429: bool = False,
        unreachable_is_fine: bool = False,
        tags: tuple[str, ...] = (),
    ) -> Exchange:
        """Any request under this account's key.

        Raises Unreachable when no response came (unless that is fine), and Throttled on a 429 that was not asked for:
        neither says anything about the requirement under test.
        """
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        with self.quota.slot(self.account if not asked_for_429 else ""):
            exchange = self.recorder.send(
                method, self.base_url + path, headers={**sent, **(headers or {})}, content=content,
                account=self.account, operation=operation, probe=probe, asked_for_429=asked_for_429, tags=tags,
            )  # fmt: skip
        self.quota.see(exchange)
        if not exchange.response and not unreachable_is_fine:
            raise Unreachable(f"{exchange.told}", "check that the target is up and reachable from here")
        if exchange.status == TOO_MANY and not asked_for_429:
            raise Throttled(
                f"the target answered 429 to a call that kept within 600 an hour and five at once ({exchange.told})",
                f"wait until the quota of account {self.account!r} is restored, and let nobody else use its key",
            )
        return exchange

    def with_key(self, key: str, account: str = "") -> "Api":
        """The same target under another credential."""
        return Api(self.recorder, self.base_url, account, key, self.quota)
