"""Whether a PUT came in time to say that the URL was still good."""

from typing import cast

import pytest

from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request, Response
from conformance.scenarios.uploads import EXPIRED, STILL_GOOD, Expiry
from conformance.world.world import World


def aged(seconds: float, status: int) -> Expiry:
    put = Exchange(Request("PUT", "http://t/x"), Response(status), 0, 1)
    return Expiry(cast("World", None), put, put, seconds, {})


@pytest.mark.parametrize(("seconds", "status"), [(STILL_GOOD, 403), (EXPIRED - 1, 403), (EXPIRED + 1, 200)])
def test_a_put_in_time_and_one_that_was_taken_are_judged(seconds: float, status: int) -> None:
    assert aged(seconds, status).still_good().status == status


def test_a_refused_put_that_may_have_come_too_late_decides_nothing() -> None:
    with pytest.raises(Inconclusive, match="took until 300 s"):
        aged(EXPIRED, 403).still_good()
