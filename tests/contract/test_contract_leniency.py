"""What the rulings leave free is never charged to anybody: one line for each permitted shape."""

from typing import Any

import pytest

from tests.contract.contract_samples import (
    ACCEPTED,
    BEGUN,
    CONTRACT,
    DROP,
    ENDED,
    IMAGE,
    LIMITS,
    UPLOADED,
    changed,
    delivered,
    encoded,
    generation,
    judged,
)

EXTRA: dict[str, Any] = {"extra": {"deep": [1]}, "x": None}
TIMES = [
    "2026-04-26T01:23:45Z",
    "2026-04-26T01:23:45.1Z",
    "2026-04-26T01:23:45.123456789Z",
    "2026-04-26T01:23:45,5Z",
    "2026-04-26T09:23:45+08:00",
    "2026-04-26T09:23:45.000+0800",
    "2026-04-26T09:23:45+08",
    "2026-04-25T20:23:45-05:00",
    "2026-04-26T01:23Z",
    "2026-12-31T23:59:60Z",
]
NO_TIMES = [
    "2026-04-26T01:23:45",
    "2026-04-26 01:23:45Z",
    "2026-04-26",
    "20260426T012345Z",
    "2026-13-01T00:00:00Z",
    "2026-04-26T25:00:00Z",
    "2026-04-26T01:23:45+8",
    "2026-04-26T01:23:45Z\n",
    "Sun, 26 Apr 2026 01:23:45 GMT",
    "1777166625",
    "",
]


@pytest.mark.parametrize(
    "body",
    [
        generation("queued", outputs=None, error=None, completedAt=None),
        generation("queued", outputs=[]),
        generation("queued", outputs=DROP, error=DROP, completedAt=DROP),
        generation("running", outputs=[], error=None),
        generation("succeeded", error=None),
        generation("succeeded", error=DROP),
        generation("succeeded", outputs=[IMAGE] * 4),
        generation("succeeded", outputs=[changed(IMAGE, **EXTRA)]),
        generation("succeeded", outputs=[changed(IMAGE, png="http://127.0.0.1:8000/a b.png?é")]),
        generation("succeeded", outputs=[changed(IMAGE, webp="HTTPS://CDN.TEST/0.webp")]),
        generation("succeeded", outputs=[changed(IMAGE, width=2048.0, height=2048)]),
        generation("failed", outputs=None),
        generation("failed", outputs=[]),
        generation("blocked", outputs=DROP),
        generation("failed", costCredits=0),
        generation("blocked", costCredits=1),
        generation(costCredits=0.25),
        generation(type="upscale"),
        generation("succeeded", completedAt=BEGUN),
        generation(**EXTRA),
    ],
)
def test_records_of_generations(body: dict[str, Any]) -> None:
    assert judged("generation", 200, body).violations == ()


@pytest.mark.parametrize("time", TIMES)
def test_times_of_iso_8601_with_a_zone(time: str) -> None:
    assert judged("generation", 200, generation("succeeded", createdAt=time, completedAt=time)).violations == ()


@pytest.mark.parametrize("time", NO_TIMES)
def test_and_what_is_none(time: str) -> None:
    judgement = judged("generation", 200, generation("succeeded", createdAt=time, completedAt=time))
    assert {violation.requirements for violation in judgement.violations} == {("LIFE-19",), ("LIFE-22",)}


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize(
    "body",
    [
        ACCEPTED,
        {"generationId": "gen_1"},
        {"id": "gen_1"},
        {"generationId": "gen_1", "status": "succeeded"},
        generation("succeeded"),
        generation("blocked", generationId="gen_1"),
    ],
)
def test_answers_to_a_repeated_idempotency_key(status: int, body: dict[str, Any]) -> None:
    assert judged("generate", status, body, replay=True).violations == ()


def test_a_repeat_under_way_may_be_answered_409() -> None:
    assert judged("generate", 409, replay=True).violations == ()


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "application/json;CHARSET=UTF-8", 'application/json ; charset="Utf-8"; v=1',
     "Application/JSON", "application/problem+json"],
)  # fmt: skip
def test_spellings_of_the_media_type(media_type: str) -> None:
    assert judged("generate", 400, {}, headers={"Content-Type": media_type}).violations == ()


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        *(("generation", status) for status in (400, 401, 403, 404, 410, 422, 429)),
        *(("upload", status) for status in (400, 401, 402, 403, 409, 413, 415, 422, 429)),
        *(("generate", status) for status in (404, 409, 415, 431)),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<p>no</p>", b'{"error": "no"}'])
def test_errors_whose_form_is_not_documented(operation: str, status: int, body: bytes) -> None:
    assert judged(operation, status, body, headers={"Content-Type": "text/html"}).violations == ()


@pytest.mark.parametrize("body", [changed(ACCEPTED, **EXTRA), changed(ACCEPTED, generationId="7")])
def test_first_acceptances(body: dict[str, Any]) -> None:
    assert judged("generate", 202, body).violations == ()


def test_a_byte_order_mark_before_the_json() -> None:
    assert judged("generate", 202, b"\xef\xbb\xbf" + encoded(ACCEPTED)).violations == ()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/k?sig=1", "https://r2.test/opaque/PUT/abc"])
def test_urls_of_uploads(url: str) -> None:
    assert judged("upload", 200, changed(UPLOADED, url=url, headers={}, **EXTRA)).violations == ()


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"id": "1", "secret": "whsec_x"}), (303, b""), (401, b"no"), (409, b"")]
)
def test_answers_to_a_registration(status: int, body: Any) -> None:
    no_limits = dict.fromkeys((*LIMITS, "Content-Type"), DROP)
    assert judged("registerWebhook", status, body, headers=no_limits).violations == ()


@pytest.mark.parametrize("status", [200, 202, 204, 302, 404, 405])
@pytest.mark.parametrize("operation", ["listWebhooks", "readWebhook", "reenableWebhook", "deleteWebhook"])
def test_answers_of_conventional_operations(operation: str, status: int) -> None:
    assert judged(operation, status, b"anything").violations == ()


@pytest.mark.parametrize(
    "payload",
    [
        delivered("succeeded", **EXTRA),
        delivered("succeeded") | EXTRA,
        delivered("succeeded", completedAt="2026-04-26T09:23:50+08:00"),
        delivered("failed"),
        delivered("failed", outputs=[], error="no"),
        delivered("failed", outputs=None, completedAt=ENDED),
        delivered("blocked"),
    ],
)
def test_payloads(payload: dict[str, Any]) -> None:
    assert CONTRACT.judge_payload(payload["event"], encoded(payload)).violations == ()
