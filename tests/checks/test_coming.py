"""Whether a delivery comes, when, and how often: what is wrong is told of the attempt that shows it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.checks import expect_attempts, expect_deliveries, expect_delivery
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.delivery import Delivery
from conformance.evidence.nonconformity import Nonconformity
from tests.checks.test_deliveries import delivery
from tests.checks.test_retries import attempt
from tests.checks.test_retries import delivery as tried

EARLY = Exchange(Request("GET", "http://h/"), Response(200, (), b'{"status": "running"}'), 0.0, 0.0)
TWO = replace(delivery("", "a", "b"), generate=EARLY)
ONE = replace(delivery("", "a"), generate=EARLY)
NONE = replace(ONE, attempts=())
REDIRECTED = tried([attempt(0, 302), attempt(30, 307)])
SLOW = replace(tried([attempt(13.5)]), name="behind")
Judge = Callable[[Delivery], object]


@pytest.mark.parametrize(
    ("judge", "right", "wrong", "which"),
    [
        (lambda d: expect_delivery(d).to_be_the_only_one(), ONE, TWO, 1),
        (lambda d: expect_delivery(d).to_follow_the_end(), ONE, replace(TWO, early=(EARLY,)), 0),
        (lambda d: expect_delivery(d).to_come_soon(), replace(ONE, lateness=60.0), replace(TWO, lateness=60.5), 0),
        (lambda d: expect_attempts(d.attempts, "a stranger's event", d.generate).to_be_none(), NONE, TWO, 0),
        (lambda d: expect_deliveries([d]).not_to_show_their_secret(), replace(ONE, secret="other"),
         replace(ONE, secret="generation"), 0),
        (lambda d: expect_deliveries([d]).not_to_be_followed(["/t?307"] * (d is REDIRECTED)), TWO, REDIRECTED, 1),
        (lambda d: expect_deliveries([tried([attempt(0)]), d]).to_begin_within(8), tried([attempt(8)]), SLOW, 0),
    ],
)  # fmt: skip
def test_the_attempt_decides(judge: Judge, right: Delivery, wrong: Delivery, which: int) -> None:
    judge(right)

    with pytest.raises(Nonconformity) as raised:
        judge(wrong)
    assert raised.value.attempt is wrong.attempts[which]
    assert raised.value.symptom.about


def test_a_redirect_is_followed_whatever_becomes_of_the_address() -> None:
    with pytest.raises(Nonconformity) as raised:
        expect_deliveries([REDIRECTED]).not_to_be_followed(["GET /elsewhere"])
    assert raised.value.attempt is REDIRECTED.attempts[0]
