"""Generations at work: never more than the share, and nobody waits for himself."""

import threading
import time
from contextlib import ExitStack

from conformance.client import Quota
from conformance.evidence import Exchange, Request
from tests.stress import hammer

PATIENCE = 10.0
MANY = 1000


def taken(quota: Quota, count: int = 1) -> threading.Event:
    """Another thread that takes so many; set once it has."""
    done = threading.Event()

    def take() -> None:
        with quota.work("primary", count):
            done.set()

    threading.Thread(target=take, daemon=True).start()
    return done


def test_another_thread_waits_until_enough_are_given_back() -> None:
    quota = Quota(share=2)
    with quota.work("primary"):
        with quota.work("primary"):
            both = taken(quota, 2)
        assert not both.wait(0.05)
    assert both.wait(PATIENCE)


def test_a_thread_does_not_wait_for_itself() -> None:
    quota = Quota(share=1)
    with quota.work("primary"):
        with quota.work("primary", 3):
            pass

        assert not taken(quota).wait(0.05)


def test_accounts_do_not_wait_for_each_other() -> None:
    quota = Quota(share=1)
    with quota.work("other"):
        assert taken(quota).wait(PATIENCE)


def test_many_threads_never_have_more_at_work_than_the_share() -> None:
    quota, lock = Quota(share=3), threading.Lock()
    busy: dict[str, int] = {}

    def work(number: int) -> None:
        # A fresh account each time: the first ones to ask for it come at the same time.
        account, count = f"account {number % MANY}", 1 + number % 3
        with quota.work(account, count):
            with lock:
                busy[account] = busy.get(account, 0) + count
                assert busy[account] <= quota.share
            time.sleep(0)
            with lock:
                busy[account] -= count

    hammer(work, turns=MANY, each=8)

    assert set(busy.values()) == {0}
    for account in busy:
        with quota.work(account, quota.share):
            pass


def test_what_another_thread_gives_back_is_given_back() -> None:
    quota, held = Quota(share=1), ExitStack()
    held.enter_context(quota.work("primary"))
    waiting = taken(quota)

    hammer(lambda _: held.close(), turns=1, each=1)

    assert waiting.wait(PATIENCE)


def test_every_request_is_counted() -> None:
    quota, count = Quota(), 500
    exchange = Exchange(Request("GET", "http://h/"), None, 0, 1, account="primary")

    hammer(lambda _: quota.see(exchange), turns=count, each=4, seconds=10)

    assert quota.requests == {"primary": 4 * count}
