"""Generations at work: never more than the share, and nobody waits for himself."""

import threading

from conformance.client import Quota

PATIENCE = 10.0


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
