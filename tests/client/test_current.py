"""Who sends is known in the context of the one who sends, and in the threads that it starts."""

import threading
from contextvars import copy_context

from conformance.client.current import Scenario, at_work, give, sending


def test_the_inner_scenario_sends_until_it_is_over() -> None:
    seen = [at_work()]
    with sending(Scenario("test")):
        with sending(Scenario("story")):
            seen.append(at_work())
        seen.append(at_work())

    assert [*seen, at_work()] == ["", "story", "test", ""]


def test_a_thread_with_the_context_sends_for_the_same_one_though_it_outlives_it() -> None:
    seen, over = list[str](), threading.Event()

    def waits() -> None:
        over.wait()
        seen.append(at_work())

    with sending(Scenario("retried")):
        thread = threading.Thread(target=copy_context().run, args=(waits,))
        thread.start()
    over.set()
    thread.join()

    assert seen == ["retried"]


def test_whoever_is_at_work_is_given_what_it_asks_for_and_never_itself() -> None:
    test, story = Scenario("test"), Scenario("story")
    assert give(story) is story
    with sending(test):
        give(story)
        give(story)
        give(test)

    assert list(test.given) == [story]
