"""What is observed where the documentation leaves it free is no deviation: that is told as one."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.lifecycle import Lives
from conformance.scenarios.webhooks import Delivered
from conformance.suite.test_lifecycle import test_the_price_after_a_refund as price_after_a_refund
from conformance.suite.test_webhooks import test_what_a_blocked_generation_sends as what_is_sent
from tests.checks.test_retries import attempt, delivery


def sent(event: str, status: str) -> list[tuple[str, str]]:
    """What is observed of a generation that ended so, and sent this event."""
    one = replace(attempt(0), headers=(("X-Gptimg-Event", event),))
    blocked = replace(delivery([one]), record={"status": status})
    seen: list[tuple[str, str]] = []
    known = cast("Delivered", SimpleNamespace(of=lambda _: [blocked], control=lambda: blocked))
    what_is_sent(known, lambda ruling, text: seen.append((ruling, text)))
    return seen


def shown(status: str) -> list[tuple[str, str]]:
    body = json.dumps({"status": status, "costCredits": 1}).encode()
    end = Exchange(Request("GET", "http://h/"), Response(200, (), body), 0.0, 0.0)
    seen: list[tuple[str, str]] = []
    lives = cast("Lives", SimpleNamespace(of=lambda _: SimpleNamespace(end=end)))
    price_after_a_refund(lives, lambda ruling, text: seen.append((ruling, text)))
    return seen


def test_a_blocked_generation_is_observed() -> None:
    assert sent("generation.failed", "blocked") == [("R25", "a blocked generation sends generation.failed")]
    assert shown("blocked") == [("R22", "a blocked generation shows costCredits 1")]


@pytest.mark.parametrize(("event", "status", "root"), [
    ("generation.succeeded", "blocked", "HOOK-22"), ("generation.failed", "failed", "LIFE-10"),
])  # fmt: skip
def test_what_is_a_deviation_is_not_observed(event: str, status: str, root: str) -> None:
    with pytest.raises(Inconclusive) as raised:
        sent(event, status)
    assert raised.value.root == root


def test_what_did_not_end_blocked_is_not_observed_as_blocked() -> None:
    with pytest.raises(Inconclusive, match="ends blocked"):
        shown("succeeded")
