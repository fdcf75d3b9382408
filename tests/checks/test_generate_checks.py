"""What all generate calls of a run say together."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import generate
from conformance.checks.passive import Ruled, Traffic, rule
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.exchange import INTERRUPTED


def call(body: Any, status: int, answer: Any, sent_as: str = "application/json", **fields: Any) -> Exchange:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    request = Request("POST", "http://api/api/v1/generate", (("Content-Type", sent_as),), json.dumps(body).encode())
    plain: dict[str, Any] = {"started": 0.0, "ended": 1.0, "account": "primary", "operation": "generate"} | fields
    return Exchange(request, Response(status, (), content), **plain)


def poll(of: str, **record: Any) -> Exchange:
    content = json.dumps({"id": of, "status": "succeeded", **record}).encode()
    request = Request("GET", f"http://api/api/v1/generations/{of}")
    return Exchange(request, Response(200, (), content), 2.0, 3.0, account="primary", operation="generation")


@pytest.mark.parametrize("message", ["n: too large", "Invalid n", {"path": ["n"]}, {"fieldErrors": {"n": ["no"]}}])
def test_a_name_is_found_in_any_shape(message: Any) -> None:
    assert generate.names_the_field([call({"prompt": "x", "n": 9}, 400, message)]).findings == ()


@pytest.mark.parametrize("message", ["invalid", "in an invalid body", {"path": ["prompt"]}, b"no JSON, and no name"])
def test_a_missing_name_is_a_finding(message: Any) -> None:
    assert len(generate.names_the_field([call({"prompt": "x", "n": 9}, 400, message)]).findings) == 1


def test_an_unknown_property_may_be_named_instead() -> None:
    body = {"__proto__": {"prompt": "x"}}
    assert generate.names_the_field([call(body, 400, "__proto__: unknown")]).findings == ()
    assert len(generate.names_the_field([call(body, 400, "invalid")]).findings) == 1
    assert not generate.names_the_field([call({"prompt": "x", "seed": 1}, 400, "no")]).judged


def test_a_body_that_is_far_too_long_may_be_refused_for_its_size() -> None:
    assert not generate.names_the_field([call({"prompt": "x" * 70_000}, 400, "body_too_large")]).judged
    assert len(generate.names_the_field([call({"prompt": "x" * 40_000}, 400, "body_too_large")]).findings) == 1


@pytest.mark.parametrize(("sent_as", "judged"), [("text/plain", False), ("", False), ("Application/JSON;a=b", True)])
def test_a_body_that_is_not_sent_as_json_may_be_refused_as_a_whole(sent_as: str, judged: bool) -> None:
    assert bool(generate.names_the_field([call({}, 400, "body: no object", sent_as)]).judged) is judged


def test_what_is_left_open_needs_no_name() -> None:
    assert not generate.names_the_field([call({"prompt": "x", "n": None}, 400, "no")]).judged


def test_an_acceptance_is_202() -> None:
    ruled = generate.accepted_with_202([call({"prompt": "x"}, 200, {}), call({"type": "edit"}, 202, {})])
    assert (set(ruled.judged), [f.requirement for f in ruled.findings]) == ({"GEN-1", "GEN-2"}, ["GEN-1"])


def test_the_repeat_of_a_call_whose_answer_was_lost_is_no_first_acceptance() -> None:
    answered = call({"prompt": "x"}, 200, {})
    keyed = replace(answered, request=replace(answered.request, headers=(("Idempotency-Key", "k"),)))
    lost = replace(keyed, response=None, failure=INTERRUPTED)

    assert rule("accepted_with_202", [Traffic.of([keyed])]).findings
    assert rule("accepted_with_202", [Traffic.of([lost, keyed])]) == Ruled(frozenset())


def test_a_shared_generation_is_a_finding() -> None:
    twins = [call({"prompt": "x"}, 202, {"generationId": "a"})] * 2
    assert [f.requirement for f in generate.makes_its_own(twins).findings] == ["IDEM-13"]


PRICES = [(1, "succeeded", 0), (2, "succeeded", 1), (0, "succeeded", 1)]
PRICES += [(0, "blocked", 0), (0, "queued", 0), (2, "queued", 1)]


@pytest.mark.parametrize(("price", "status", "wrong"), PRICES)
def test_the_price_of_one_low_image(price: int, status: str, wrong: int) -> None:
    accepted = call({"prompt": "x", "quality": "low"}, 202, {"generationId": "a"})
    ruled = generate.low_costs_one([accepted, poll("a", costCredits=price, status=status)])
    assert (set(ruled.judged), len(ruled.findings)) == ({"PLAN-9"}, wrong)


@pytest.mark.parametrize(("low", "high", "wrong"), [(1, 4, 0), (4, 4, 0), (4, 1, 1)])
def test_the_order_of_prices(low: int, high: int, wrong: int) -> None:
    orders = [call({"prompt": "x", "quality": q}, 202, {"generationId": q}) for q in ("low", "high")]
    ruled = generate.dearer_costs_more([*orders, poll("low", costCredits=low), poll("high", costCredits=high)])
    assert (set(ruled.judged), len(ruled.findings)) == ({"PLAN-10"}, wrong)
