"""The headers of responses: there, well spelled, and not where they do not belong."""

from typing import Any

import pytest

from tests.contract.contract_samples import CONTRACT, DROP, LIMITS, charged, generation, judged, only

WITH_KEY = [
    ("generate", status) for status in (400, 402, 403, 404, 409, 415, 422, 429)
] + [("upload", status) for status in (400, 402, 403, 409, 413, 415, 422, 429)] + [
    ("generation", status) for status in (400, 403, 404, 410, 422, 429)
]  # fmt: skip


@pytest.mark.parametrize(("operation", "status"), WITH_KEY)
@pytest.mark.parametrize(
    ("name", "row"),
    [("X-RateLimit-Limit", "RATE-1"), ("X-RateLimit-Remaining", "RATE-3"), ("X-RateLimit-Reset", "RATE-11")],
)
def test_each_is_required_on_every_answer_to_a_valid_key(operation: str, status: int, name: str, row: str) -> None:
    body: Any = {} if operation == "generate" else DROP
    assert judged(operation, status, body).violations == ()
    violation = only(judged(operation, status, body, headers={name: DROP}))
    assert (violation.requirements, violation.place, violation.received) == ((row,), f"header {name}", "nothing")


@pytest.mark.parametrize(
    "value", ["600.0", "+600", "0600", "599", "600, 600", "600;w=3600", "", "six hundred", "\uff16\uff10\uff10"]
)
def test_the_limit_is_600_and_spelled_so(value: str) -> None:
    judgement = judged("generation", 200, generation(), headers={"X-RateLimit-Limit": value})
    assert charged(judgement) == [("header X-RateLimit-Limit", ("RATE-2",))]
    assert only(judgement).expected == "600, as a decimal integer"
    assert {"RATE-1", "RATE-2"} <= judgement.judged


@pytest.mark.parametrize("value", ["-1", "601", "1.5", "1e2", "9" * 5000])
def test_what_remains_is_an_integer_from_0_to_600(value: str) -> None:
    judgement = judged("generation", 200, generation(), headers={"X-RateLimit-Remaining": value})
    assert charged(judgement) == [("header X-RateLimit-Remaining", ("RATE-4",))]


@pytest.mark.parametrize("value", ["0", "600"])
def test_the_ends_of_that_range_are_in_it(value: str) -> None:
    assert judged("generation", 200, generation(), headers={"X-RateLimit-Remaining": value}).violations == ()


@pytest.mark.parametrize("value", ["2026-04-26T02:23:45Z", "1777170225.5", "0"])
def test_the_reset_is_an_integer(value: str) -> None:
    judgement = judged("generation", 200, generation(), headers={"X-RateLimit-Reset": value})
    assert charged(judgement) == [("header X-RateLimit-Reset", ("RATE-12",))]


def test_that_the_reset_is_an_integer_does_not_prove_that_it_is_near() -> None:
    assert "RATE-12" not in judged("generation", 200, generation()).judged


@pytest.mark.parametrize(
    ("value", "row"), [(DROP, "RATE-16"), ("soon", "RATE-18"), ("-1", "RATE-18"), ("1.5", "RATE-18")]
)
def test_retry_after_on_429(value: Any, row: str) -> None:
    assert charged(judged("upload", 429, headers={"Retry-After": value})) == [("header Retry-After", (row,))]
    assert {"RATE-16", "RATE-18"} <= judged("upload", 429, headers={"Retry-After": "0"}).judged


@pytest.mark.parametrize(
    ("operation", "status"), [("generation", 404), ("upload", 401), ("upload", 413), ("upload", 431)]
)
def test_retry_after_on_anything_else(operation: str, status: int) -> None:
    judgement = judged(operation, status, headers={"retry-after": "7"})
    assert charged(judgement) == [("header Retry-After", ("RATE-17",))]
    assert only(judgement).expected == "no header Retry-After"
    assert "RATE-17" in judged(operation, status).judged


def test_a_401_may_carry_them_or_not() -> None:
    assert judged("upload", 401).judged == {"RATE-17"}
    assert judged("upload", 401, headers=LIMITS | {"WWW-Authenticate": "Bearer"}).judged == {"RATE-17"}


def test_names_are_compared_without_case_and_values_without_space_around() -> None:
    pairs = [(name.lower(), f" {value}\t") for name, value in LIMITS.items()]
    assert CONTRACT.judge("generation", 404, pairs, b"").violations == ()


def test_a_header_that_stands_twice_is_read_as_one_list() -> None:
    pairs = [*LIMITS.items(), ("x-ratelimit-limit", "600")]
    violation = only(CONTRACT.judge("generation", 404, pairs, b""))
    assert (violation.requirements, violation.received) == (("RATE-2",), '"600, 600"')
