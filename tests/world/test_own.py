"""A table of one thread is no other's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.world.own import Own


def test_its_own_thread_uses_it_like_any_table() -> None:
    table = Own[str, int]()
    table["a"] = 1
    table |= {"b": 2}

    assert "a" in table
    assert "c" not in table
    assert table == {"a": 1, "b": 2}


def test_another_thread_may_not_look_whether_something_was_sent() -> None:
    table = Own[str, int]()
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="another thread"):
        pool.submit(lambda: "a" in table).result()
