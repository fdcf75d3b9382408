import pytest

from tests.hostile.catalogue import CATALOGUE, MODULES, Behaviour, behaviour, load
from tests.hostile.peer import pass_on
from tests.hostile.wire import Call, Wire


def say_nothing(call: Call, wire: Wire) -> None:
    wire.wait()


def test_every_behaviour_is_told_in_a_sentence_and_wants_something() -> None:
    known = load()

    assert len(known) > 60
    for name, one in known.items():
        assert name == one.name == name.lower()
        assert one.told.endswith(".")
        assert set() < one.wanted <= {0, 1, 3}


def test_no_two_behaviours_are_told_alike() -> None:
    told = [one.told for one in load().values()]
    assert len(set(told)) == len(told)


def test_each_module_enters_some() -> None:
    modules = {getattr(getattr(one.act, "func", one.act), "__module__", "") for one in load().values()}
    assert modules == {f"tests.hostile.{name}" for name in MODULES}


def test_nobody_is_forgiven_for_webhooks_without_a_server() -> None:
    assert not [one.name for one in load().values() if one.may_leave and not one.fronts]


def test_a_name_is_taken_once() -> None:
    load()
    with pytest.raises(ValueError, match="silent"):
        behaviour(3, name="silent", told="Another.")(pass_on)


def test_a_behaviour_without_a_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="sentence"):
        behaviour(3, name="mute")(say_nothing)
    assert "mute" not in CATALOGUE
    assert isinstance(load()["silent"], Behaviour)
