"""Values of scenarios as JSON and back."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from conformance.client.codec import BrokenValueError, Codec, NotAValueError
from conformance.client.current import Scenario
from conformance.client.journal import journal_path, opened
from conformance.client.journaled import VALUES, journaled
from conformance.client.record import KEPT, Record, recorded
from conformance.errors import Inconclusive, NotTested
from conformance.evidence import Exchange, Request
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.evidence.delivery import Delivery, Signing
from conformance.evidence.nonconformity import Nonconformity
from conformance.verdict import Verdict

SENT = Exchange(Request("GET", "http://t/"), None, 0.0, 1.0, number=7)
CAME = Attempt("e", "g", 1, Moment(1.0, 2.0), "POST", "/e", (), b"{}", serial=3)
ENDED = replace(CAME, ended=Ending("answered", 200, Moment(3.0, 4.0)), answer="200")
DELIVERY = Delivery(
    "e", "generation.failed", "REDACTED-1", (ENDED,), SENT, {"status": "failed"}, signings=(Signing("ab"),)
)


def _hidden(text: str) -> str:
    return text.replace("SECRET", "token")


def codec(world: object = None) -> Codec:
    return Codec(world, lambda account, key: (account, key), _hidden, {7: SENT}.__getitem__, {3: CAME}.__getitem__)  # type: ignore[arg-type, return-value]


def again(value: Any) -> Any:
    """What is read of what was written."""
    return codec().decode(json.loads(json.dumps(codec().encode(value))))


@pytest.mark.parametrize(
    "value",
    [None, True, 0, 1.5, float("inf"), "text", b"\xff", (), (1, ("a",)), [1], {"a": 1}, {1: "a", "$": 2}, {"$": 1},
     frozenset({1, 2}), {"x"}, Decimal("1.10"), Verdict.FAIL, SENT, ENDED, DELIVERY, (DELIVERY, DELIVERY)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert again(value) == value
    assert type(again(value)) is type(value)


def test_other_mappings_come_back_as_plain_ones() -> None:
    assert again(MappingProxyType({"a": (1,)})) == {"a": (1,)}
    assert again(Counter("aab")) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    "error", [NotTested("needs x", "add x"), Inconclusive("depends on y", "look", "z", root="GEN-1")]
)
def test_an_error_comes_back_with_its_words(error: Inconclusive) -> None:
    found = again(error)
    assert (type(found), vars(found)) == (type(error), vars(error))


def test_a_deviation_comes_back() -> None:
    found = again(Nonconformity("a", "b", SENT, ("GEN-1",)))
    assert (found.expected, found.received, found.exchange, found.requirements) == ("a", "b", SENT, ("GEN-1",))


def test_the_world_is_itself() -> None:
    world = object()
    found = codec(world)
    assert found.decode(found.encode((world,))) == (world,)


def test_secrets_that_slipped_in_are_hidden() -> None:
    assert codec().encode({"SECRET": "SECRET", "b": ["a SECRET"]}) == {
        "token": "token",
        "b": {"$": "list", "value": ["a token"]},
    }


@dataclass(frozen=True)
class Strange:
    """No class of the suite."""

    value: int = 1


class Lazy(dict[str, int]):
    """Makes its entries when they are asked for."""


@pytest.mark.parametrize(
    "value",
    [object(), print, Strange(), Lazy(), (1, [object()]), Path()],
    ids=["object", "function", "class", "table", "within", "path"],
)
def test_what_is_alive_is_no_value(value: object) -> None:
    with pytest.raises(NotAValueError):
        codec().encode(value)


@pytest.mark.parametrize(
    "plain",
    [{"$": "exchange", "number": 8}, {"$": "attempt", "serial": 9}, {"$": "value", "class": "os:system", "fields": {}},
     {"$": "value", "class": "conformance.errors:sentence", "fields": {"text": "x"}}, {"$": "nothing"},
     {"$": "value", "class": "conformance.evidence.delivery:Signing", "fields": {"other": 1}},
     {"$": "enum", "class": "conformance.verdict.outcome:Verdict", "value": "perhaps"}, {"$": "bytes", "value": "?"}],
    ids=str,
)  # fmt: skip
def test_what_stands_for_no_value_is_refused(plain: object) -> None:
    with pytest.raises(BrokenValueError):
        codec().decode(plain)


def test_what_a_scenario_returned_is_found_again(tmp_path: Path) -> None:
    one, other = Scenario("one"), Scenario("other")
    one.given[other] = None
    with opened(journal_path(tmp_path, "main", VALUES)) as file:
        record = Record("main", codec(), file)
        token = KEPT.set(record)
        assert recorded(one, lambda: (SENT,)) == (SENT,)
        with pytest.raises(NotTested):
            recorded(other, _raises)
        KEPT.reset(token)
    known = Record("main", codec(), known=journaled(tmp_path).of("main"))

    assert (found := known.find("one")) is not None
    assert (found.value, [each.name for each in found.given], found.raised) == ((SENT,), ["other"], False)
    with pytest.raises(NotTested, match="needs x"):
        known.again("other")
    assert known.find("never") is None
    assert journaled(tmp_path).of("gw0") == {}


def _raises() -> None:
    raise NotTested("needs x", "add x")
