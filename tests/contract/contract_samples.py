"""Messages that are as documented; a test changes the one thing that it is about."""

import json
from typing import Any

from conformance.contract import Judgement, Violation, documented, load

CONTRACT = load()
QUOTA = documented().quota
LIMITS = {
    "X-RateLimit-Limit": str(QUOTA), "X-RateLimit-Remaining": str(QUOTA - 1), "X-RateLimit-Reset": "1777170225",
}  # fmt: skip
IMAGE = {"png": "https://cdn.test/0.png", "webp": "https://cdn.test/0.webp", "width": 1024, "height": 1024}
BEGUN, ENDED = "2026-04-26T01:23:45.000Z", "2026-04-26T01:23:50.000Z"
ACCEPTED = {"generationId": "gen_1", "status": "queued"}
UPLOADED = {"url": "https://storage.test/k?X-Amz-Signature=9f", "key": "inputs/1.png"}
DELIVERY = {
    "Content-Type": "application/json",
    "X-Gptimg-Event": "generation.succeeded",
    "X-Gptimg-Signature": "0123456789abcdef" * 4,
    "X-Gptimg-Delivery": "0b6f2c34-5d1e-4f7a-8b9c-0d1e2f3a4b5c",
}
DROP = object()


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with members replaced, or removed by DROP."""
    return {name: value for name, value in {**base, **changes}.items() if value is not DROP}


def generation(status: str = "queued", **changes: Any) -> dict[str, Any]:
    base = {"id": "gen_1", "status": status, "type": "text2img", "costCredits": 1, "createdAt": BEGUN}
    if status == "succeeded":
        base |= {"outputs": [IMAGE], "completedAt": ENDED}
    elif status in {"failed", "blocked"}:
        base |= {"error": "no", "completedAt": ENDED}
    return changed(base, **changes)


def delivered(status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    base = {"generationId": "gen_1", "type": "text2img", "status": status, "createdAt": BEGUN, "completedAt": ENDED}
    event = "generation.succeeded" if status == "succeeded" else "generation.failed"
    return {"event": event, "data": changed(base | ({"outputs": [IMAGE]} if status == "succeeded" else {}), **changes)}


def judged(operation: str, status: int, body: Any = DROP, **context: Any) -> Judgement:
    """The judgement of a response; `headers` replace or remove, `body` is JSON unless it is bytes."""
    headers = {} if status in {401, 431} else LIMITS
    headers = headers | ({"Retry-After": "7"} if status == 429 else {})
    headers |= {} if body is DROP else {"Content-Type": "application/json"}
    pairs = tuple(changed(headers, **context.pop("headers", {})).items())
    return CONTRACT.judge(operation, status, pairs, encoded(body), **context)


def encoded(body: Any) -> bytes:
    if body is DROP:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def only(judgement: Judgement) -> Violation:
    """The one violation; any other number fails."""
    (violation,) = judgement.violations
    return violation


def charged(judgement: Judgement) -> list[tuple[str, tuple[str, ...]]]:
    return [(violation.place, violation.requirements) for violation in judgement.violations]
