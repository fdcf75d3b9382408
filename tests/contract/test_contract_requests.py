"""Request bodies: what has to be served, what has to be refused, and what is free."""

from typing import Any

import pytest

from tests.contract.contract_samples import CONTRACT, DROP, changed, charged

GENERATE = {"prompt": "a lighthouse"}
EDIT = {"type": "edit", "prompt": "winter", "inputImageKeys": ["k"]}
UPLOAD = {"filename": "a.png", "contentType": "image/png", "size": 1}
WEBHOOK = {"url": "https://app.test/h", "events": ["generation.failed"], "label": "x"}


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("generate", GENERATE),
        ("generate", changed(GENERATE, prompt="燈" * 4000)),
        ("generate", changed(GENERATE, type="text2img", size="1024x1536", quality="high", n=4)),
        ("generate", changed(EDIT, inputImageKeys=["a", "b", "c", "d"])),
        ("generate", changed(GENERATE, seed=7)),
        ("upload", UPLOAD),
        ("upload", changed(UPLOAD, filename="燈" * 200, size=10_000_000)),
        ("registerWebhook", WEBHOOK),
    ],
)
def test_what_has_to_be_served(operation: str, body: Any) -> None:
    assert CONTRACT.accepts(operation, body)


@pytest.mark.parametrize(
    ("operation", "body", "place", "rows"),
    [
        ("generate", [], "body", ("GEN-35",)),
        ("generate", changed(GENERATE, prompt=DROP), "body.prompt", ("GEN-4",)),
        ("generate", changed(GENERATE, prompt=5), "body.prompt", ("GEN-5",)),
        ("generate", changed(GENERATE, prompt="x" * 4001), "body.prompt", ("GEN-9", "GEN-10")),
        ("generate", changed(GENERATE, type="upscale"), "body.type", ("GEN-13",)),
        ("generate", changed(GENERATE, size="512x512"), "body.size", ("GEN-16",)),
        ("generate", changed(GENERATE, quality="ultra"), "body.quality", ("GEN-19",)),
        ("generate", changed(GENERATE, n=0), "body.n", ("GEN-22",)),
        ("generate", changed(GENERATE, n=5), "body.n", ("GEN-23",)),
        ("generate", changed(GENERATE, n=1.5), "body.n", ("GEN-24",)),
        ("generate", changed(GENERATE, n="2"), "body.n", ("GEN-25",)),
        ("generate", changed(EDIT, inputImageKeys=DROP), "body.inputImageKeys", ("GEN-31",)),
        ("generate", changed(EDIT, inputImageKeys=[]), "body.inputImageKeys", ("GEN-31",)),
        ("generate", changed(EDIT, inputImageKeys=["k"] * 5), "body.inputImageKeys", ("GEN-30",)),
        ("generate", changed(EDIT, inputImageKeys=[1]), "body.inputImageKeys[0]", ("GEN-28",)),
        ("generate", changed(GENERATE, inputImageKeys="k"), "body.inputImageKeys", ("GEN-27",)),
        ("upload", None, "body", ("UP-24",)),
        ("upload", changed(UPLOAD, filename=DROP), "body.filename", ("UP-3",)),
        ("upload", changed(UPLOAD, filename=["a"]), "body.filename", ("UP-4",)),
        ("upload", changed(UPLOAD, filename="x" * 201), "body.filename", ("UP-8", "UP-9")),
        ("upload", changed(UPLOAD, contentType=DROP), "body.contentType", ("UP-12",)),
        ("upload", changed(UPLOAD, contentType="image/gif"), "body.contentType", ("UP-14",)),
        ("upload", changed(UPLOAD, size=DROP), "body.size", ("UP-15",)),
        ("upload", changed(UPLOAD, size="1"), "body.size", ("UP-16",)),
        ("upload", changed(UPLOAD, size=10_485_761), "body.size", ("UP-18",)),
        ("upload", changed(UPLOAD, size=-1), "body.size", ("UP-20",)),
        ("registerWebhook", changed(WEBHOOK, url="http://app.test/h"), "body.url", ("HOOK-8",)),
    ],
)
def test_what_has_to_be_refused(operation: str, body: Any, place: str, rows: tuple[str, ...]) -> None:
    judgement = CONTRACT.judge_request(operation, body)
    assert charged(judgement) == [(place, rows)]
    assert not judgement.left_open


@pytest.mark.parametrize(
    ("operation", "body"),
    [("generate", changed(GENERATE, **{name: None})) for name in ("type", "size", "quality", "n", "inputImageKeys")]
    + [
        ("generate", changed(GENERATE, prompt="")),
        ("upload", changed(UPLOAD, filename="")),
        ("upload", changed(UPLOAD, size=0)),
        ("upload", changed(UPLOAD, size=1.5)),
        ("upload", changed(UPLOAD, size=5e-324)),
        ("upload", changed(UPLOAD, size=10_000_001)),
        ("upload", changed(UPLOAD, size=10_485_760)),
        ("registerWebhook", changed(WEBHOOK, url="http://127.0.0.1:8000/h")),
        ("registerWebhook", changed(WEBHOOK, url="http://localhost")),
        ("registerWebhook", changed(WEBHOOK, events=["generation.queued"])),
    ],
)
def test_what_is_free(operation: str, body: Any) -> None:
    judgement = CONTRACT.judge_request(operation, body)
    assert judgement.violations
    assert judgement.left_open


@pytest.mark.parametrize(
    "body",
    [changed(GENERATE, prompt="", n=9), changed(EDIT, inputImageKeys=None), changed(GENERATE, prompt="", type=7)],
)
def test_what_is_free_in_one_respect_and_wrong_in_another_has_to_be_refused(body: Any) -> None:
    assert not CONTRACT.judge_request("generate", body).left_open


def test_what_is_served_is_not_called_free() -> None:
    assert not CONTRACT.judge_request("generate", GENERATE).left_open


def test_a_body_that_is_served_names_the_rows_of_its_properties() -> None:
    judged = CONTRACT.judge_request("generate", changed(GENERATE, quality="low")).judged
    assert {"GEN-6", "GEN-18"} <= judged
    assert not {"GEN-15", "GEN-21", "GEN-31"} & judged
