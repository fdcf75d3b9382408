"""A table of one thread is no other's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.client.current import Scenario, at_work, sending
from conformance.world.once_table import OnceTable


def test_its_own_thread_uses_it_like_any_table() -> None:
    table = OnceTable[str, int]("table")
    table["a"] = 1
    table |= {"b": 2}

    assert "a" in table
    assert "c" not in table
    assert table == {"a": 1, "b": 2}


def test_another_thread_may_not_look_whether_something_was_sent() -> None:
    table = OnceTable[str, int]("table")
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="another thread"):
        pool.submit(lambda: "a" in table).result()


def test_each_value_is_a_scenario_of_its_own_given_to_all_who_ask() -> None:
    table, first, second = OnceTable[str, str]("table"), Scenario("first"), Scenario("second")
    with sending(first):
        assert table.once("a", "words", at_work) == "table/words"
        assert at_work() == "first"
    with sending(second):
        assert table.once("a", "words", at_work) == "table/words"
        assert table.once("b", "other words", at_work) == "table/other words"
        with pytest.raises(ValueError, match="two values of table are called 'words'"):
            table.once("c", "words", at_work)

    assert [scenario.name for scenario in first.given] == ["table/words"]
    assert [scenario.name for scenario in second.given] == ["table/words", "table/other words"]


def test_what_could_not_be_made_is_made_anew_and_belongs_to_the_same_scenario() -> None:
    table, asker = OnceTable[str, str]("table"), Scenario("asker")
    with sending(asker):
        with pytest.raises(ZeroDivisionError):
            table.once("a", "words", lambda: str(1 / 0))
        assert table.once("a", "words", at_work) == "table/words"

    assert len(asker.given) == 1
