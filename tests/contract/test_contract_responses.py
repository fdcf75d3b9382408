"""Is this response as documented? Each way in which it is not, and whom it is charged to."""

from typing import Any

import pytest

from tests.contract.contract_samples import (
    ACCEPTED,
    DROP,
    IMAGE,
    LIMITS,
    UPLOADED,
    changed,
    charged,
    generation,
    judged,
    only,
)

Charge = tuple[str, tuple[str, ...]]


def test_a_response_that_fits_puts_what_it_shows_to_the_test() -> None:
    judgement = judged("generate", 202, ACCEPTED)
    assert judgement.violations == ()
    assert judgement.judged == {
        "API-3", "API-4", "GEN-40", "GEN-41", "GEN-42", "RATE-1", "RATE-2", "RATE-3", "RATE-4", "RATE-11", "RATE-17",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "status", "rows"),
    [("generate", 418, ("API-4",)), ("generate", 302, ("API-4",)), ("generation", 202, ()), ("upload", 201, ())],
)
def test_a_status_that_is_not_listed(operation: str, status: int, rows: tuple[str, ...]) -> None:
    judgement = judged(operation, status)
    violation = only(judgement)
    assert (violation.place, violation.requirements, violation.received) == ("status", rows, str(status))
    assert violation.expected.startswith("one of the statuses 2")
    assert judgement.judged == set(rows)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_5xx_is_not_documented_but_one_alone_is_charged_to_nobody(status: int) -> None:
    judgement = judged("generate", status)
    assert charged(judgement) == [("status", ())]
    assert judgement.judged == frozenset()


@pytest.mark.parametrize(
    ("body", "place", "rows", "expected", "received"),
    [
        (changed(ACCEPTED, generationId=DROP), "body.generationId", "GEN-41", "the property generationId", "nothing"),
        (changed(ACCEPTED, generationId=7), "body.generationId", "GEN-41", "a string", "7"),
        (changed(ACCEPTED, generationId=""), "body.generationId", "GEN-41", "a non-empty string", '""'),
        (changed(ACCEPTED, status="running"), "body.status", "GEN-42", '"queued"', '"running"'),
        ([], "body", "GEN-40", "an accepted generation", "[]"),
        (b"accepted", "body", "GEN-40", "JSON", "'accepted'"),
        (b'{"generationId": NaN}', "body", "GEN-40", "JSON", "'{\"generationId\": NaN}'"),
        (b"\xff", "body", "GEN-40", "JSON", "'\N{REPLACEMENT CHARACTER}'"),
        (b"", "body", "GEN-40", "JSON", "nothing"),
    ],
)
def test_the_body_of_a_202(body: Any, place: str, rows: str, expected: str, received: str) -> None:
    violation = only(judged("generate", 202, body))
    assert (violation.place, violation.requirements) == (place, (rows,))
    assert (violation.expected, violation.received) == (expected, received)


def test_nesting_beyond_what_can_be_read_is_no_json() -> None:
    assert only(judged("generate", 202, b"[" * 200_000)).expected == "JSON"


def test_long_values_are_cut() -> None:
    assert only(judged("generate", 202, changed(ACCEPTED, status="q" * 500))).received == '"' + "q" * 79 + "…"
    assert len(only(judged("generate", 202, b"<" * 500)).received) == 81


@pytest.mark.parametrize(
    ("status", "row"),
    [(400, "GEN-43"), (401, "GEN-45"), (402, "PLAN-7"), (403, "PLAN-3"), (422, "GEN-47"), (429, "GEN-48")],
)
def test_errors_of_generate_are_json_of_any_shape(status: int, row: str) -> None:
    for body in ({"error": {"message": "x"}}, ["x"], "x", None):
        judgement = judged("generate", status, body)
        assert judgement.violations == ()
        assert row in judgement.judged
    assert charged(judged("generate", status, b"<html>")) == [("body", (row,))]


@pytest.mark.parametrize("media_type", ["text/plain", "text/html; charset=utf-8", "application/jsonp", DROP, ""])
def test_json_under_another_media_type(media_type: Any) -> None:
    judgement = judged("generate", 202, ACCEPTED, headers={"Content-Type": media_type})
    violation = only(judgement)
    assert (violation.place, violation.requirements) == ("header Content-Type", ("API-3",))
    assert violation.received == ("nothing" if media_type is DROP else f'"{media_type}"')
    assert "GEN-41" in judgement.judged


@pytest.mark.parametrize(
    ("body", "charge"),
    [
        (changed(UPLOADED, url="/k"), ("body.url", ("UP-25",))),
        (changed(UPLOADED, url=DROP), ("body.url", ("UP-25",))),
        (changed(UPLOADED, key=""), ("body.key", ("UP-26",))),
        (changed(UPLOADED, key=1), ("body.key", ("UP-26",))),
        ("https://storage.test/k", ("body", ("UP-2",))),
    ],
)
def test_the_body_of_an_upload(body: Any, charge: Charge) -> None:
    assert charged(judged("upload", 200, body)) == [charge]


@pytest.mark.parametrize(
    ("body", "charge"),
    [
        ([], ("body", ("LIFE-3",))),
        (generation(id=DROP), ("body.id", ("LIFE-4",))),
        (generation(id=5), ("body.id", ("LIFE-4",))),
        (generation(status="done"), ("body.status", ("LIFE-5",))),
        (generation(type=None), ("body.type", ("LIFE-11",))),
        (generation(costCredits=DROP), ("body.costCredits", ("LIFE-15",))),
        (generation(costCredits=-1), ("body.costCredits", ("LIFE-15",))),
        (generation(costCredits="1"), ("body.costCredits", ("LIFE-15",))),
        (generation(costCredits=None), ("body.costCredits", ("LIFE-15",))),
        (generation(createdAt=DROP), ("body.createdAt", ("LIFE-19",))),
        (generation(createdAt=1777166625), ("body.createdAt", ("LIFE-19",))),
        (generation(createdAt="2026-04-26T01:23:45"), ("body.createdAt", ("LIFE-19",))),
        (generation("running", completedAt="2026-04-26T01:23:45Z"), ("body.completedAt", ("LIFE-21",))),
        (generation("succeeded", completedAt=None), ("body.completedAt", ("LIFE-22",))),
        (generation("failed", completedAt=DROP), ("body.completedAt", ("LIFE-22",))),
        (generation("blocked", completedAt="yesterday"), ("body.completedAt", ("LIFE-22",))),
        (generation("failed", error=DROP), ("body.error", ("LIFE-12",))),
        (generation("failed", error=None), ("body.error", ("LIFE-12",))),
        (generation("failed", error={"message": "x"}), ("body.error", ("LIFE-12",))),
        (generation("blocked", error=""), ("body.error", ("LIFE-13",))),
        (generation("queued", error="x"), ("body.error", ("LIFE-14",))),
        (generation("succeeded", error=""), ("body.error", ("LIFE-14",))),
        (generation("running", outputs=[IMAGE]), ("body.outputs", ("OUT-1",))),
        (generation("blocked", outputs=[IMAGE]), ("body.outputs", ("OUT-1",))),
        (generation("queued", outputs="none"), ("body.outputs", ("OUT-1",))),
        (generation("succeeded", outputs=DROP), ("body.outputs", ("OUT-2",))),
        (generation("succeeded", outputs=[]), ("body.outputs", ("OUT-2",))),
        (generation("succeeded", outputs=None), ("body.outputs", ("OUT-2",))),
        (generation("succeeded", outputs=["x"]), ("body.outputs[0]", ("OUT-4", "OUT-5"))),
        (generation("succeeded", outputs=[IMAGE, changed(IMAGE, png="/0.png")]), ("body.outputs[1].png", ("OUT-4",))),
        (generation("succeeded", outputs=[changed(IMAGE, png=DROP)]), ("body.outputs[0].png", ("OUT-4",))),
        (generation("succeeded", outputs=[changed(IMAGE, webp="//cdn.test/x")]), ("body.outputs[0].webp", ("OUT-5",))),
        (generation("succeeded", outputs=[changed(IMAGE, width="1024")]), ("body.outputs[0].width", ("OUT-6",))),
        (generation("succeeded", outputs=[changed(IMAGE, height=0)]), ("body.outputs[0].height", ("OUT-6",))),
    ],
)
def test_the_record_of_a_generation(body: Any, charge: Charge) -> None:
    assert charged(judged("generation", 200, body)) == [charge]


def test_several_things_wrong_are_charged_one_by_one() -> None:
    body = generation("succeeded", id=1, error="x", outputs=[changed(IMAGE, png=1, width=1.5)])
    assert sorted(charged(judged("generation", 200, body))) == [
        ("body.error", ("LIFE-14",)),
        ("body.id", ("LIFE-4",)),
        ("body.outputs[0].png", ("OUT-4",)),
        ("body.outputs[0].width", ("OUT-6",)),
    ]


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("queued", {"OUT-1", "LIFE-14", "LIFE-21"}),
        ("running", {"OUT-1", "LIFE-14", "LIFE-21"}),
        ("succeeded", {"OUT-4", "OUT-5", "OUT-6", "LIFE-14", "LIFE-22"}),
        ("failed", {"OUT-1", "LIFE-12", "LIFE-22"}),
        ("blocked", {"OUT-1", "LIFE-13", "LIFE-22"}),
    ],
)
def test_only_the_rows_of_the_present_status_are_put_to_the_test(status: str, shown: set[str]) -> None:
    conditional = {"OUT-1", "OUT-4", "OUT-5", "OUT-6", "LIFE-12", "LIFE-13", "LIFE-14", "LIFE-21", "LIFE-22"}
    judgement = judged("generation", 200, generation(status))
    assert judgement.violations == ()
    assert judgement.judged & conditional == shown


def test_what_one_message_cannot_prove_it_can_still_break() -> None:
    assert "LIFE-4" not in judged("generation", 200, generation()).judged
    assert "LIFE-4" in judged("generation", 200, generation(id=None)).judged


def test_the_answer_to_a_repeat_is_judged_as_an_existing_record() -> None:
    record = generation("running")
    assert charged(judged("generate", 202, record)) == [
        ("body.generationId", ("GEN-41",)),
        ("body.status", ("GEN-42",)),
    ]
    assert judged("generate", 202, record, replay=True).violations == ()
    assert charged(judged("generate", 202, {"status": "queued"}, replay=True)) == [("body", ("IDEM-2",))]
    assert charged(judged("generate", 200, {"id": 7})) == [("body.id", ("IDEM-2",))]
    assert "GEN-42" not in judged("generate", 202, record, replay=True).judged


@pytest.mark.parametrize("status", [400, 431, 403, 429])
def test_without_a_valid_key_only_a_401_promises_more_than_its_status(status: int) -> None:
    drop = dict.fromkeys((*LIMITS, "Retry-After"), DROP)
    assert judged("generate", status, b"Bad Request", headers=drop, valid_key=False).violations == ()
    assert charged(judged("generate", 401, b"Unauthorized", valid_key=False)) == [("body", ("GEN-45",))]
    assert charged(judged("generate", 500, valid_key=False)) == [("status", ())]


def test_a_registration_and_its_secret_which_is_never_shown() -> None:
    def answer(body: Any) -> Any:
        return judged("registerWebhook", 201, body)

    assert answer({"id": "wh_1", "secret": "whsec_abc"}).judged == {"HOOK-2", "HOOK-3"}
    wrong = only(answer({"id": "wh_1", "secret": "sec_hush"}))
    assert (wrong.requirements, wrong.received) == (("HOOK-3",), "a string of 8 characters")
    assert only(answer({"id": "wh_1", "secret": ["sec_hush"]})).received == "a list"
    assert only(answer([{"secret": "sec_hush"}])).received == "a list"
    assert only(answer(b'{"secret": "sec_hush"')).received == "21 bytes"
    assert charged(answer({"secret": "whsec_abc"})) == [("body.id", ("HOOK-2",))]
