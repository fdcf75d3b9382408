"""Exchanges go through the journal unchanged, and whatever a target sends can be looked at."""

import json

import pytest

from conformance.evidence import Exchange, Request, Response, from_json, to_json
from conformance.evidence.exchange import utc


def exchange(body: bytes = b"{}", **changes: object) -> Exchange:
    return Exchange(Request("GET", "http://h/api/x?y=1"), Response(200, (), body), 1.0, 2.5, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", "日本 \u2028 🏮".encode(), b'\r\n"\\'])
def test_an_exchange_survives_the_journal(body: bytes) -> None:
    told = exchange(
        body, account="primary", tags=("a", "b"), clock=3.0, failure="x", number=4, process="gw0", scenario="s"
    )

    assert from_json(json.loads(json.dumps(to_json(told)))) == told


def test_an_exchange_without_a_response_survives_the_journal() -> None:
    told = Exchange(Request("POST", "http://h/", (("A", "b"),), b"\xff"), None, 1.0, 2.0, failure="refused")

    assert from_json(json.loads(json.dumps(to_json(told)))) == told
    assert (told.status, told.json, told.header("x"), told.member("y")) == (0, None, None, None)
    assert told.told == "POST / → no response (refused)"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b"", None),
        (b"\xff", None),
        ('{"a":1}'.encode("utf-16"), None),
        (b"[" * 100_000, None),
        (b"1" * 6000, None),
    ],
)
def test_a_body_is_json_or_none(body: bytes, value: object) -> None:
    assert exchange(body).json == value


def test_a_member_of_what_is_no_object_is_none() -> None:
    assert exchange(b'["a"]').member("a") is None


def test_headers_have_no_case_and_are_joined() -> None:
    response = Response(200, (("X-A", "1"), ("x-a", "2"), ("X-B", "")))

    assert response.header("X-a") == "1, 2"
    assert response.header("x-b") == ""
    assert response.header("x-c") is None


def test_the_time_of_day_is_in_utc_with_milliseconds() -> None:
    assert [utc(seconds) for seconds in (0, 1767225600.0004, 1767225600.5)] == [
        "1970-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.500Z"
    ]  # fmt: skip
