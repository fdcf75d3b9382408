"""Who broke an exchange: what is spoilt, by whom, and that nothing is expected of it."""

from typing import Any

import pytest

from conformance.checks import expect, expect_that
from conformance.errors import Inconclusive, Throttled, Unreachable
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.blame import CHARGED, spoilt


def seen(status: int, failure: str = "", **changes: Any) -> Exchange:
    response = Response(status, (), b"{}") if status else None
    return Exchange(
        Request("POST", "http://h:1/api/v1/upload"), response, 0.0, 1.0,
        **{"account": "primary", "operation": "upload", "failure": failure} | changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exchange", "kind", "root"),
    [
        (seen(0, "refused"), Unreachable, "h:1 did not answer"),
        (seen(200, "the body broke off"), Unreachable, "h:1 broke off its answers"),
        (seen(200, "longer than 5 bytes", limit=True), Inconclusive, "answers of upload ran into a limit of the suite"),
        (seen(502), Unreachable, "a gateway answered 502"),
        (seen(503), Unreachable, "a gateway answered 503"),
        (seen(504), Unreachable, "a gateway answered 504"),
        (seen(429), Throttled, "calls of account 'primary' were throttled without cause"),
        (seen(429, account=""), Throttled, "calls without a valid key were throttled without cause"),
        (seen(402, operation="generate"), Inconclusive, "account 'primary' has not enough credits"),
    ],
)
def test_what_is_spoilt_has_one_root_and_a_remedy(exchange: Exchange, kind: type[Inconclusive], root: str) -> None:
    reason = spoilt(exchange)

    assert type(reason) is kind
    assert reason.root == root
    assert reason.hint


@pytest.mark.parametrize(
    "exchange",
    [
        seen(200),
        seen(500),
        seen(501),
        seen(429, expects_429=True),
        seen(402, operation="generate", account="broke"),
        seen(402, operation="upload"),
        seen(502, tags=(CHARGED,)),
        seen(0, "refused", tags=(CHARGED,)),
    ],
)
def test_what_the_target_said_is_judged(exchange: Exchange) -> None:
    assert spoilt(exchange) is None
    assert expect(exchange).exchange is exchange


def test_a_spoilt_exchange_reaches_no_expectation() -> None:
    for begin in (lambda: expect(seen(502)), lambda: expect_that(1, "a value", seen(502))):
        with pytest.raises(Unreachable, match="502"):
            begin()
