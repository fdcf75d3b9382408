"""Expectations hold or raise a Nonconformity that says what was expected, what came, and where."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import blocked_by, expect, expect_that, not_applicable, not_tested
from conformance.checks.expect import shorten, told
from conformance.errors import Inconclusive, NotApplicable, NotTested
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.blame import CHARGED
from conformance.evidence.nonconformity import Nonconformity


def answered(status: int, body: bytes = b"", **headers: str) -> Exchange:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(Request("GET", "http://h/"), Response(status, pairs, body), 0.0, 1.0)


def refused(status: int) -> Exchange:
    return replace(answered(status), tags=(CHARGED,))


LOST = Exchange(Request("GET", "http://h/"), None, 0.0, 1.0, failure="refused", tags=(CHARGED,))
Sentence = Callable[[Exchange], object]


@pytest.mark.parametrize(
    ("sentence", "right", "wrong", "expected"),
    [
        (lambda e: expect(e).to_be_answered(200, 202), answered(202), answered(201), "status 200 or 202"),
        (lambda e: expect(e).to_be_answered(200), answered(200), LOST, "status 200"),
        (lambda e: expect(e).to_be_accepted(), answered(299), answered(300), "a 2xx status"),
        (lambda e: expect(e).to_be_refused(), answered(499), answered(500), "a 4xx status"),
        (lambda e: expect(e).to_be_refused(), answered(400), LOST, "a 4xx status"),
        (lambda e: expect(e).to_be_refused(404), answered(404), answered(403), "status 404"),
        (lambda e: expect(e).to_be_throttled(), refused(429), answered(200), "status 429"),
        (lambda e: expect(e).not_to_be_throttled(), refused(503), refused(429), "another status than 429"),
        (lambda e: expect(e).not_to_be_found(), answered(404), answered(200), "a status that is neither 2xx nor 5xx"),
        (lambda e: expect(e).not_to_be_found(), answered(302), answered(500), "a status that is neither 2xx nor 5xx"),
        (lambda e: expect(e).not_to_show(["abcdefgh", ""], "id"), answered(200), answered(200, b"abcdefghi"), "a body"),
        (lambda e: expect(e).not_to_show(["7"], "ids"), answered(200, b'{"n": 7, "id": "77"}'),
         answered(200, b'{"of": [{"id": "7"}]}'), "a body without ids"),
    ],
)  # fmt: skip
def test_answers(sentence: Sentence, right: Exchange, wrong: Exchange, expected: str) -> None:
    sentence(right)
    with pytest.raises(Nonconformity) as caught:
        sentence(wrong)
    assert caught.value.expected.startswith(expected)
    assert caught.value.exchange is wrong
    assert str(caught.value) == f"expected {caught.value.expected}; received {caught.value.received}"


@pytest.mark.parametrize(
    ("sentence", "right", "wrong"),
    [
        (lambda v: v.to_equal(1), 1, 2),
        (lambda v: v.to_equal(1), 1.0, True),
        (lambda v: v.to_equal(False), False, 0),
        (lambda v: v.to_be_one_of([1, "a"]), "a", True),
        (lambda v: v.to_differ_from("a"), "b", "a"),
        (lambda v: v.to_be_a_string(), "a", ""),
        (lambda v: v.to_be_a_string(), "a", 1),
        (lambda v: v.to_be_absent(), None, ""),
        (lambda v: v.to_match(r"\d+", "digits"), "12", "12a"),
        (lambda v: v.to_match(r"\d+", "digits"), "12", 12),
        (lambda v: v.to_be_between(1, 2), 2, 2.1),
        (lambda v: v.to_be_between(0, 2), 1.5, True),
        (lambda v: v.to_be_between(0, 2), 0, "1"),
        (lambda v: v.to_satisfy(bool, "is true"), 1, 0),
        (lambda v: v.to_be_all_different(), ["a", "b"], ["a", "b", "a"]),
        (lambda v: v.to_hold(v.value > 1, "x above 1"), 2, 1),
    ],
)
def test_values(sentence: Callable[[Any], object], right: object, wrong: object) -> None:
    sentence(expect_that(right, "x"))
    with pytest.raises(Nonconformity) as caught:
        sentence(expect_that(wrong, "x", LOST))
    assert caught.value.expected.startswith("x")
    assert caught.value.exchange is LOST


def test_sentences_go_on() -> None:
    expect(answered(200, b"{}")).to_be_accepted().to_be_answered(200)
    expect_that(3, "x").to_equal(3).to_be_between(1, 3)


@pytest.mark.parametrize(
    ("sentence", "right", "wrong"),
    [
        (lambda e: expect(e).must_be_answered("A-1", 200), answered(200), answered(201)),
        (lambda e: expect(e).must_be_accepted("A-1"), answered(299), answered(300)),
        (lambda e: expect(e).must(e.status == 200, "all is well", "A-1"), answered(200), answered(404)),
        (lambda e: expect(e).number_in("retry-after", "A-1"), answered(200, retry_after="7"), answered(200)),
    ],
)
def test_a_prerequisite_is_charged_to_another_requirement(sentence: Sentence, right: Exchange, wrong: Exchange) -> None:
    sentence(right)
    with pytest.raises(Inconclusive, match="depends on A-1") as caught:
        sentence(wrong)
    assert caught.value.root == "A-1"


def test_a_generation_that_is_gone_is_charged_to_its_polls_and_nothing_else_is() -> None:
    poll = replace(answered(404), operation="generation")
    for other in (answered(404), replace(answered(400), operation="generation")):
        expect(other).must_be_found()
    with pytest.raises(Inconclusive, match="depends on LIFE-1: a generation that is found was expected of") as caught:
        expect(poll).must_be_found().to_be_accepted()
    assert caught.value.root == "LIFE-1"


def test_a_number_is_read() -> None:
    assert expect(answered(200, retry_after="7")).number_in("Retry-After", "A-1") == 7


def test_what_keeps_a_test_from_a_verdict_is_raised_where_it_is_so() -> None:
    blocked_by("A-1", "no", when=False)
    not_tested("no", "add it", when=False)
    not_applicable("no", when=False)
    with pytest.raises(Inconclusive, match="Run again") as caught:
        blocked_by("A-1", "no", "run again")
    assert caught.value.root == "A-1"
    with pytest.raises(NotTested, match="Add it"):
        not_tested("no", "add it")
    with pytest.raises(NotApplicable, match="no"):
        not_applicable("no")


def test_what_came_is_told_in_one_short_line() -> None:
    assert told(LOST) == "no response: refused"
    assert told(answered(204)) == "status 204, no body"
    assert told(answered(200, b"\xff")) == "status 200, body \N{REPLACEMENT CHARACTER}"
    assert shorten("x" * 400) == f"{'x' * 300}… (400 characters)"
