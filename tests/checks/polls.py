"""Exchanges as polling and generating leave them, written by hand."""

import json
from itertools import count
from typing import Any

from conformance.evidence import Exchange, Request, Response

BASE = "https://api.example.com/api/v1"
_time = count(1)


def exchange(
    operation: str, status: int, body: Any = None, *, sent: Any = None, url: str = "", **more: Any
) -> Exchange:
    """Each begins after the one that was made before it ended."""
    began = float(next(_time))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST" if sent is not None else "GET", url or f"{BASE}/{operation}", more.pop("sent_headers", ()),
                      json.dumps(sent).encode())  # fmt: skip
    response = Response(status, more.pop("headers", ()), content)
    return Exchange(request, response, began, began + 0.5, operation=operation, **({"account": "primary"} | more))


def call(made: str = "g1", account: str = "primary", **fields: Any) -> Exchange:
    """An accepted generate call."""
    return exchange("generate", 202, {"generationId": made, "status": "queued"}, sent=fields, account=account)


def poll(made: str = "g1", answered: int = 200, account: str = "primary", **fields: Any) -> Exchange:
    """A poll by this account; `fields` are those of the record."""
    return exchange("generation", answered, {"id": made} | fields, url=f"{BASE}/generations/{made}", account=account)
