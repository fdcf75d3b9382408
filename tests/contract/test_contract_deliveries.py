"""Webhook deliveries against the contract's webhooks."""

from typing import Any

import pytest

from tests.contract.contract_samples import CONTRACT, DELIVERY, DROP, IMAGE, changed, charged, delivered, encoded

SUCCEEDED, FAILED = "generation.succeeded", "generation.failed"


def judged(payload: Any = None, **headers: Any) -> Any:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return CONTRACT.judge_delivery(SUCCEEDED, changed(DELIVERY, **headers).items(), encoded(payload or delivered()))


def test_a_delivery_that_fits() -> None:
    judgement = judged()
    assert judgement.violations == ()
    assert judgement.judged == {"HOOK-21", "HOOK-22", "HOOK-23", "SIGN-1", "SIGN-2", "SIGN-5"}


@pytest.mark.parametrize(
    ("header", "value", "row"),
    [
        ("X_Gptimg_Event", DROP, "HOOK-22"),
        ("X_Gptimg_Event", FAILED, "HOOK-22"),
        ("X_Gptimg_Signature", DROP, "SIGN-1"),
        ("X_Gptimg_Signature", "0123456789ABCDEF" * 4, "SIGN-2"),
        ("X_Gptimg_Signature", "sha256=" + "0123456789abcdef" * 4, "SIGN-2"),
        ("X_Gptimg_Signature", "0123456789abcdef" * 2, "SIGN-2"),
        ("X_Gptimg_Delivery", DROP, "SIGN-5"),
        ("X_Gptimg_Delivery", "17", "SIGN-5"),
        ("Content_Type", "text/plain", "HOOK-21"),
        ("Content_Type", DROP, "HOOK-21"),
    ],
)
def test_headers(header: str, value: Any, row: str) -> None:
    assert charged(judged(**{header: value})) == [(f"header {header.replace('_', '-')}", (row,))]


@pytest.mark.parametrize("value", ["application/json; charset=utf-8", "APPLICATION/Json;Charset=UTF-8"])
def test_a_media_type_in_any_case_and_with_parameters(value: str) -> None:
    assert judged(Content_Type=value).violations == ()


@pytest.mark.parametrize("value", ["0B6F2C34-5D1E-4F7A-8B9C-0D1E2F3A4B5C", "01890a5d-ac96-774b-bcce-b302099a8057"])
def test_a_uuid_of_any_version_in_any_case(value: str) -> None:
    assert judged(X_Gptimg_Delivery=value).violations == ()


@pytest.mark.parametrize(
    ("event", "payload", "charge"),
    [
        (SUCCEEDED, [], ("body", ("HOOK-23",))),
        (SUCCEEDED, b"event=x", ("body", ("HOOK-23",))),
        (SUCCEEDED, changed(delivered(), data=DROP), ("body.data", ("HOOK-23",))),
        (SUCCEEDED, changed(delivered(), data="x"), ("body.data", ("HOOK-23",))),
        (SUCCEEDED, changed(delivered(), event=FAILED), ("body.event", ("HOOK-22",))),
        (SUCCEEDED, delivered(generationId=DROP), ("body.data.generationId", ("HOOK-24",))),
        (SUCCEEDED, delivered(type=1), ("body.data.type", ("HOOK-25",))),
        (SUCCEEDED, changed(delivered(), data=delivered(status="running")["data"] | {"outputs": [IMAGE]}),
         ("body.data.status", ("HOOK-26",))),
        (SUCCEEDED, delivered(outputs=[]), ("body.data.outputs", ("HOOK-27",))),
        (SUCCEEDED, delivered(outputs=DROP), ("body.data.outputs", ("HOOK-27",))),
        (SUCCEEDED, delivered(outputs=[changed(IMAGE, webp=DROP)]), ("body.data.outputs[0].webp", ("HOOK-27",))),
        (SUCCEEDED, delivered(createdAt=1777166625), ("body.data.createdAt", ("HOOK-28",))),
        (SUCCEEDED, delivered(completedAt=None), ("body.data.completedAt", ("HOOK-29",))),
        (FAILED, delivered("failed", outputs=[IMAGE]), ("body.data.outputs", ("HOOK-27",))),
        (FAILED, delivered("failed", completedAt=DROP), ("body.data.completedAt", ("HOOK-29",))),
    ],
)  # fmt: skip
def test_payloads(event: str, payload: Any, charge: tuple[str, tuple[str, ...]]) -> None:
    assert charged(CONTRACT.judge_payload(event, encoded(payload))) == [charge]
