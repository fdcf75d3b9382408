"""Each verb alters what it says of a server, and nothing else."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conformance.faults import verbs
from conformance.reference import Service
from conformance.reference.clock import SteppedClock
from conformance.reference.errors import ApiError
from conformance.reference.parts import assemble
from conformance.reference.request import Request
from conformance.reference.response import Response, json_response
from conformance.reference.rules import Rules

BODY = b'{"prompt": "a fox", "n": 2}'


@pytest.fixture
def service() -> Service:
    return Service(assemble(Rules(), SteppedClock(), "http://server"))


async def nothing() -> dict[str, Any]:
    raise AssertionError("no body is read here")


def rewritten(service: Service, response: Response, route: str = "generate") -> Response:
    return asyncio.run(service.rewritten(Request("POST", "/", "", (), route, {}, nothing), response))


def test_a_wrapper_is_given_the_proper_method(service: Service) -> None:
    verbs.around(service.parts.prices, "of", lambda of, order: of(order) + 1)
    verbs.on_result(service.parts.prices, "of", lambda price, order: 10 * price + order.n)

    assert service.parts.prices.of(service.parts.validator.order(BODY)) == 10 * (2 * 2 + 1) + 2


def test_rules_change_for_every_part(service: Service) -> None:
    verbs.change_rules(service, limit=7)

    parts = (service.parts, service.parts.limiter, service.parts.registry, service.studio.parts)
    assert [part.rules.limit for part in parts] == [7] * 4
    assert service.parts.rules == replace(Rules(), limit=7)


def test_a_body_is_changed_before_it_is_validated(service: Service) -> None:
    verbs.on_body(service, "order", lambda body: body.replace(b"fox", b"cat"))
    verbs.on_field(service, "order", "n", lambda _: verbs.OMIT, of=int)
    verbs.on_field(service, "order", "prompt", len, of=list)

    order = service.parts.validator.order(BODY)
    assert (order.prompt, order.n) == ("a cat", 1)


def test_a_field_has_other_limits_and_another_default(service: Service) -> None:
    verbs.change_field(service, "order", "n", most=1)
    verbs.change_field(service, "order", "quality", default="low")

    assert service.parts.validator.order(b'{"prompt": "a fox"}').quality == "low"
    with pytest.raises(ApiError):
        service.parts.validator.order(BODY)


def test_a_response_is_changed_where_it_should_be(service: Service) -> None:
    verbs.on_response(service, verbs.first_time(verbs.answer("generate", 202, saying=b"x")), verbs.status_becomes(200))
    accepted = json_response(202, {"x": 1})

    assert rewritten(service, json_response(202, {})).status == 202
    assert rewritten(service, accepted, "upload").status == 202
    assert [rewritten(service, accepted).status for _ in range(2)] == [200, 202]


def test_members_are_changed_or_left_out(service: Service) -> None:
    verbs.on_response(service, verbs.answer(verbs.ANY), verbs.with_members(a=2, b=verbs.OMIT))

    assert rewritten(service, json_response(200, {"a": 1, "b": 1})).json() == {"a": 2}


def test_a_refusal_keeps_the_other_headers(service: Service) -> None:
    verbs.on_response(service, verbs.answer("generate"), verbs.becomes_refusal(404))

    response = rewritten(service, Response(200, (("Content-Type", "text/plain"), ("X-Limit", "1"))))
    assert (response.status, response.headers) == (404, (("Content-Type", "application/json"), ("X-Limit", "1")))
