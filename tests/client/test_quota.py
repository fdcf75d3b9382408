"""Generations at work: never more than the share, and nobody waits for himself."""

import threading
import time

from conformance.client import Quota
from conformance.evidence import Exchange, Request
from tests.stress import hammer

PATIENCE = 10.0
MANY = 1000


def taken(quota: Quota, count: int = 1) -> threading.Event:
    """Another thread that takes so many; set once it has."""
    done = threading.Event()

    def take() -> None:
        quota.take_work("primary", count)
        done.set()

    threading.Thread(target=take, daemon=True).start()
    return done


def test_another_thread_waits_until_enough_are_given_back() -> None:
    quota = Quota(share=2)
    quota.take_work("primary", 2)
    both = taken(quota, 2)

    quota.give_work_back("primary")
    assert not both.wait(0.05)
    quota.give_work_back("primary")
    assert both.wait(PATIENCE)


def test_a_thread_does_not_wait_for_itself() -> None:
    quota = Quota(share=1)
    quota.take_work("primary")
    quota.take_work("primary", 3)
    quota.give_work_back("primary", 3)

    assert not taken(quota).wait(0.05)


def test_accounts_do_not_wait_for_each_other() -> None:
    quota = Quota(share=1)
    quota.take_work("other")

    assert taken(quota).wait(PATIENCE)


def test_many_threads_never_have_more_at_work_than_the_share() -> None:
    quota, lock = Quota(share=3), threading.Lock()
    busy: dict[str, int] = {}

    def work(number: int) -> None:
        # A fresh account each time: the first ones to ask for it come at the same time.
        account, count = f"account {number % MANY}", 1 + number % 3
        quota.take_work(account, count)
        with lock:
            busy[account] = busy.get(account, 0) + count
            assert busy[account] <= quota.share
        time.sleep(0)
        with lock:
            busy[account] -= count
        quota.give_work_back(account, count)

    hammer(work, turns=MANY, each=8)

    assert set(busy.values()) == {0}
    for account in busy:
        quota.take_work(account, quota.share)


def test_every_request_is_counted() -> None:
    quota, count = Quota(), 500
    exchange = Exchange(Request("GET", "http://h/"), None, 0, 1, account="primary")

    hammer(lambda _: quota.see(exchange), turns=count, each=4, seconds=10)

    assert quota.requests == {"primary": 4 * count}
