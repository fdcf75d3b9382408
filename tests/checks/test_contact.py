"""First contact (R38): what is this API, and why a run is not begun."""

from typing import Any

import pytest

from conformance.checks.contact import NO_TARGET, FirstContact, believable, is_of_the_api, seconds_to_reset
from conformance.checks.windows import LIMIT, WINDOW
from conformance.errors import Inconclusive, Throttled, Unreachable
from conformance.evidence import Exchange, Request, Response

JSON = b'{"error": "x"}'
NOW = 1_800_000_000.0


def call(status: int, body: bytes = JSON, headers: dict[str, str] | None = None, **changes: Any) -> Exchange:
    response = Response(status, tuple((headers or {}).items()), body) if status else None
    failure = "" if status else "refused"
    return Exchange(Request("POST", "http://h/x"), response, 0.0, 1.0, **{"failure": failure} | changes)


def contact(*calls: Exchange) -> FirstContact:
    return FirstContact("http://h", dict(zip(("generate", "upload", "generation"), calls, strict=True)))


def of(*statuses: int, body: bytes = JSON) -> FirstContact:
    return contact(*(call(status, body) for status in statuses))


@pytest.mark.parametrize(
    ("seen", "kind", "words"),
    [
        (of(0, 0, 0), Unreachable, "http://h cannot be reached: refused"),
        (
            contact(*[call(200, failure="it trickled")] * 3),
            Unreachable,
            "no answer is complete: it trickled",
        ),
        (of(503, 503, 502), Unreachable, r"only a gateway answers at http://h \(status 502 and 503\)"),
        (of(0, 503, 0), Unreachable, r"only a gateway answers at http://h \(status 503\)"),
        (of(501, 501, 404, body=b"<html>"), Inconclusive, "does not answer like this API"),
        (of(200, 200, 200, body=b"<html>"), Inconclusive, "does not answer like this API"),
        (of(302, 302, 302, body=b""), Inconclusive, "does not answer like this API"),
        (of(400, 200, 404, body=b'{"cut'), Inconclusive, "does not answer like this API"),
        (of(500, 500, 500, body=b"<html>"), Inconclusive, "answers every call with a server error"),
    ],
)
def test_what_is_not_this_api_has_one_cause(seen: FirstContact, kind: type[Inconclusive], words: str) -> None:
    reason = seen.trouble()

    assert type(reason) is kind
    assert reason.code == NO_TARGET
    assert reason.hint
    with pytest.raises(kind, match=words):
        raise reason


@pytest.mark.parametrize(
    "sign",
    [call(401), call(400), call(402), call(404, headers={"X-RateLimit-Limit": str(LIMIT)}), call(200, b'{"url": "x"}'),
     call(500, headers={"X-RateLimit-Remaining": "5"}), call(200, b"null", {"X-RateLimit-Limit": str(LIMIT)})],
)  # fmt: skip
def test_one_sign_of_the_api_is_enough(sign: Exchange) -> None:
    assert is_of_the_api(sign)
    assert contact(call(404, b"<html>"), call(0), sign).trouble() is None


@pytest.mark.parametrize("other", [call(401, b"<html>"), call(404), call(403), call(200, b"[]"), call(0)])
def test_what_another_server_might_say_is_no_sign(other: Exchange) -> None:
    assert not is_of_the_api(other)


def test_a_key_is_refused_when_every_operation_refuses_it() -> None:
    assert of(401, 401, 401).refuses_the_key
    assert not of(401, 401, 404).refuses_the_key


def test_a_429_at_first_contact_tells_when_the_quota_is_back() -> None:
    headers = {"X-RateLimit-Reset": str(int(NOW) + 60), "Retry-After": "60"}
    throttled = contact(call(400), *[call(429, headers=headers, clock=NOW)] * 2)

    reason = throttled.trouble()
    assert isinstance(reason, Throttled)
    assert "restored at 2027-01-15T08:01:00Z" in reason.message


def counted(*remaining: object, limit: object = LIMIT, ahead: float = 1000) -> FirstContact:
    def one(left: object) -> Exchange:
        told = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{NOW + ahead:.0f}",
        }
        return call(200, headers=told, clock=NOW)

    return contact(*map(one, remaining))


def test_a_run_is_not_begun_with_too_small_a_quota() -> None:
    reason = counted(52, 51, 50).lacks(100)

    assert isinstance(reason, Throttled)
    assert "50 calls left, and this run may need 100" in reason.message
    assert "2027-01-15T08:16:40Z" in reason.message
    assert counted(102, 101, 100).lacks(100) is None
    assert counted(52, 51, 50).lacks(0) is None


@pytest.mark.parametrize(
    "seen",
    [
        counted(50, 50, 51),
        counted(50, 40, 30),
        counted("x", 51, 50),
        counted(52, 51, 50, limit="60"),
        counted(52, 51, 50, ahead=-5),
        counted(52, 51, 50, ahead=7200),
        counted(59, 58, 57, ahead=WINDOW),
    ],
)
def test_headers_that_contradict_themselves_are_not_believed(seen: FirstContact) -> None:
    assert believable(seen.calls) is None
    assert seen.lacks(100) is None


def test_without_a_reset_retry_after_tells_when() -> None:
    assert seconds_to_reset(call(429, headers={"Retry-After": "30"})) == 30
    assert seconds_to_reset(call(429, headers={"Retry-After": "999999"})) is None
