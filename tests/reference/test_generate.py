import json
from typing import Any

import pytest

from tests.reference.caller import Caller

WRONG = [
    ("prompt", {"prompt": 1}),
    ("prompt", {"prompt": None}),
    ("prompt", {"prompt": ""}),
    ("prompt", {"prompt": "x" * 4001}),
    ("prompt", {"prompt": "鷺" * 4001}),
    ("type", {"type": "upscale"}),
    ("type", {"type": ["edit"]}),
    ("size", {"size": "512x512"}),
    ("size", {"size": 1024}),
    ("quality", {"quality": "HIGH"}),
    ("n", {"n": 0}),
    ("n", {"n": 5}),
    ("n", {"n": 1.5}),
    ("n", {"n": "1"}),
    ("n", {"n": True}),
    ("n", {"n": None}),
    ("inputImageKeys", {"inputImageKeys": "key"}),
    ("inputImageKeys", {"inputImageKeys": [1]}),
    ("inputImageKeys", {"inputImageKeys": ["key"] * 5}),
    ("inputImageKeys", {"inputImageKeys": ["never issued"]}),
    ("inputImageKeys", {"type": "edit"}),
    ("inputImageKeys", {"type": "edit", "inputImageKeys": []}),
]


@pytest.mark.parametrize(("field", "defect"), WRONG)
def test_a_wrong_field_is_refused_by_name(primary: Caller, field: str, defect: dict[str, Any]) -> None:
    answer = primary.call("POST", "generate", json={"prompt": "A heron", **defect})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert [issue["path"][0] for issue in error["issues"]] == [field]
    assert field in error["message"]
    assert primary.balance == primary.server.accounts["primary"].credits


def test_every_wrong_field_is_named(primary: Caller) -> None:
    answer = primary.call("POST", "generate", json={"n": 9, "size": "x", "quality": 0, "inputImageKeys": ["a", 1]})
    paths = [issue["path"] for issue in answer.json()["error"]["issues"]]
    assert paths == [["prompt"], ["size"], ["quality"], ["n"], ["inputImageKeys", 1]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"prompt"',
        b"{'prompt': 'x'}",
        b'{"prompt": "x",}',
        b'{"prompt": "x", "n": NaN}',
        b'{"prompt": "x", "n": 1e999}',
        b'{"prompt": "x", "n": ' + b"1" * 5000 + b"}",
        b'{"prompt": "\xff"}',
        b'{"prompt": "\\ud800"}',
        b"[" * 100_000,
        b'{"prompt": "' + b"x" * 2_000_000 + b'"}',
    ],
)
def test_what_is_no_json_object_is_refused(primary: Caller, body: bytes) -> None:
    answer = primary.call("POST", "generate", content=body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "x" * 4000},
        {"prompt": "鷺" * 4000},
        {"prompt": "x", "n": 2.0},
        {"prompt": "x", "unknown": 1},
        {"prompt": "x", "type": "text2img", "size": "1024x1536", "quality": "high", "n": 4, "inputImageKeys": []},
    ],
)
def test_what_is_valid_is_accepted(primary: Caller, body: dict[str, Any]) -> None:
    answer = primary.call("POST", "generate", json=body)
    assert answer.status_code == 202
    assert answer.json() == {"generationId": answer.json()["generationId"], "status": "queued"}


def test_the_media_type_is_not_judged(primary: Caller) -> None:
    content = json.dumps({"prompt": "x"})
    assert primary.call("POST", "generate", content=content, headers={"Content-Type": "text/plain"}).status_code == 202


def test_the_first_cause_in_order_is_answered(primary: Caller) -> None:
    rules = primary.server.service.parts.rules
    broke, free = (Caller(primary.server, primary.http, name) for name in ("broke", "free"))
    assert free.generate(n=0).status_code == 403
    assert broke.generate(n=0).status_code == 400
    assert broke.generate(rules.rejected).status_code == 402
    assert primary.generate(rules.rejected).status_code == 422


def test_prices(primary: Caller) -> None:
    for body, price in (
        ({"quality": "low"}, 1),
        ({}, 2),
        ({"quality": "high"}, 4),
        ({"quality": "low", "n": 4}, 4),
        ({"quality": "high", "n": 3}, 12),
    ):
        before = primary.balance
        record = primary.poll(primary.generation(**body)).json()
        assert record["costCredits"] == price
        assert primary.balance == before - price


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_undocumented_methods(primary: Caller, method: str) -> None:
    answer = primary.call(method, "generate")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert primary.call("POST", "generations/1").headers["Allow"] == "GET, HEAD"
