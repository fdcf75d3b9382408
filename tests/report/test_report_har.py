"""HAR, read by haralyzer, and by the rules of HAR 1.2."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from haralyzer import HarEntry, HarParser  # type: ignore[import-untyped]

from conformance.evidence import Exchange, Request, Response
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.exchange import File
from conformance.evidence.images import Seen
from conformance.report import Report, write
from conformance.report.har import har_parts

Make = Callable[..., Report]
SENT = Request(
    "POST",
    "https://h/api/v1/generate?a=1&b=%20#part",
    (("Content-Type", "application/json"),),
    b'{"prompt": "\xc3\xa9"}',
)
CALL = Exchange(
    SENT, Response(202, (("Content-Type", "application/json"), ("Location", "/x")), b'{"generationId": "g"}'),
    10.0, 10.25, account="primary", scenario="story", probe="first call", number=3,
    started_at="2026-01-01T00:00:00.000Z",
)  # fmt: skip
LOST = Exchange(
    Request("GET", "https://h/\ud800"), None, 12.0, 12.5, scenario="lost \x1b", number=4, failure="reset",
    started_at="2026-01-01T00:00:02.000Z",
)  # fmt: skip
ATTEMPT = Attempt(
    "endpoint-1", "g", 2, Moment(11.0, 5.0, "2026-01-01T00:00:01.000Z"), "POST", "/hook", (("Host", "r:80"),),
    b"\xff\xfe",
    ended=Ending("answered", 500, Moment(11.5, 5.5)), scenario="retried", serial=7, tls="TLSv1.3",
)  # fmt: skip


def entries(report: Report, folder: Path, exchanges: list[Exchange], attempts: list[Attempt]) -> list[HarEntry]:
    path = write("har", report, folder, exchanges, attempts)
    parser = HarParser(json.loads(path.read_text(encoding="utf-8")))
    assert (parser.har_data["version"], parser.creator["name"]) == ("1.2", "gimg-conformance")
    return [HarEntry(entry) for entry in parser.har_data["entries"]]


def test_requests_and_attempts_stand_in_order_of_time_under_their_numbers(report: Make, tmp_path: Path) -> None:
    found = entries(report(), tmp_path, [LOST, CALL], [ATTEMPT])

    assert [entry.raw_entry["comment"] for entry in found] == [
        "#3  story  first call",
        "@7  retried  attempt 2 of g at endpoint-1  answered",
        "#4  lost \\x1b  reset",
    ]
    assert [entry.time for entry in found] == [250.0, 500.0, 500.0]
    assert found[0].startTime.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_call_is_told_as_it_was(report: Make, tmp_path: Path) -> None:
    call = entries(report(), tmp_path, [CALL], [])[0]

    assert (call.request.method, call.request.url) == ("POST", "https://h/api/v1/generate?a=1&b=%20")
    assert call.request.queryString == [{"name": "a", "value": "1"}, {"name": "b", "value": " "}]
    assert (call.request.mimeType, call.request.text) == ("application/json", '{"prompt": "é"}')
    assert call.request.bodySize == len(SENT.body)
    assert (call.response.status, call.response.statusText) == (202, "Accepted")
    assert (call.response.mimeType, call.response.text) == ("application/json", '{"generationId": "g"}')
    assert call.response.redirectURL == "/x"
    assert call.timings == {"send": 0, "wait": 250.0, "receive": 0, "blocked": -1, "dns": -1, "connect": -1, "ssl": -1}


def test_no_answer_is_a_status_of_zero(report: Make, tmp_path: Path) -> None:
    lost = entries(report(), tmp_path, [LOST], [])[0]
    assert (lost.response.status, lost.response.statusText, lost.request.bodySize) == (0, "", 0)


def test_what_arrived_is_the_senders_request_and_our_answer(report: Make, tmp_path: Path) -> None:
    attempt = entries(report(), tmp_path, [], [ATTEMPT])[0]

    assert attempt.request.url == "https://r:80/hook"
    assert b64decode(attempt.raw_entry["request"]["postData"]["text"]) == b"\xff\xfe"
    assert attempt.raw_entry["request"]["postData"]["comment"] == "base64"
    assert attempt.response.status == 500


@pytest.mark.parametrize(
    ("response", "content"),
    [
        (Response(200, (), b"\xff"), {"size": 1, "mimeType": "", "text": "/w==", "encoding": "base64"}),
        (Response(299), {"size": 0, "mimeType": "", "text": ""}),
        (
            Response(200, (("Content-Type", "image/png"),), file=File(9, "5" * 64, Seen("PNG", 2, 1))),
            {"size": 9, "mimeType": "image/png", "comment": f"not kept: PNG image of 2 x 1, SHA-256 {'5' * 64}"},
        ),
    ],
    ids=["bytes", "empty", "file"],
)
def test_bodies_are_kept_as_they_were(
    report: Make, tmp_path: Path, response: Response, content: dict[str, Any]
) -> None:
    found = entries(report(), tmp_path, [Exchange(SENT, response, 0.0, 1.0, started_at="2026-01-01T00:00:00Z")], [])
    assert found[0].raw_entry["response"]["content"] == content


def test_an_archive_may_be_empty(report: Make, tmp_path: Path) -> None:
    assert entries(report(), tmp_path, [], []) == []


def test_an_entry_is_written_before_the_next_is_made(report: Make) -> None:
    parts = har_parts(report(), [CALL, LOST], [])
    first, second = next(parts), next(parts)

    assert ('"#3  story' in first, "#4" in first) == (True, False)
    assert ('"#4  lost' in second, "#3" in second) == (True, False)
