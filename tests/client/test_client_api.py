"""The API as one account sees it: valid by default, and nothing that says nothing is taken for an answer."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import respx

from conformance.cases.bodies import OMIT, a_generation, an_upload
from conformance.client import Api, Journal, Quota, Recorder
from conformance.client.sender import Sender
from conformance.errors import Throttled, Unreachable
from conformance.evidence import Vault

BASE = "http://target.example"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with closing(Journal(tmp_path / "main.jsonl")) as journal, closing(Recorder(journal, Vault("salt"))) as recorder:
        yield Api(Sender(recorder), BASE, "primary", "gimg_key", Quota())


def test_bodies_are_valid_but_for_what_a_test_names() -> None:
    assert a_generation(n=2) == {**a_generation(), "n": 2}
    assert "prompt" not in a_generation(prompt=OMIT)
    assert an_upload(size=0)["size"] == 0


@respx.mock
def test_calls_go_where_the_documentation_says(api: Api) -> None:
    respx.route().mock(return_value=httpx.Response(200, json={}))

    told = [api.generate(idempotency_key="k"), api.upload(), api.generation("a/b ?")]

    sent = [call.request for call in respx.calls]
    assert [(r.method, r.url.raw_path) for r in sent] == [
        ("POST", b"/api/v1/generate"),
        ("POST", b"/api/v1/upload"),
        ("GET", b"/api/v1/generations/a%2Fb%20%3F"),
    ]
    assert all(r.headers["authorization"] == "Bearer gimg_key" for r in sent)
    assert sent[0].headers["idempotency-key"] == "k"
    assert sent[0].headers["content-type"] == "application/json"
    assert json.loads(sent[0].content) == a_generation()
    assert [(e.operation, e.account) for e in told] == [
        ("generate", "primary"), ("upload", "primary"), ("generation", "primary")
    ]  # fmt: skip
    assert api.quota.requests == {"primary": 3}


@respx.mock
def test_without_a_key_no_credential_is_sent(api: Api) -> None:
    respx.route().mock(return_value=httpx.Response(401))

    exchange = api.with_key("").upload()

    assert "authorization" not in respx.calls.last.request.headers
    assert not exchange.sent_key


@respx.mock
def test_a_429_that_was_not_asked_for_says_nothing(api: Api) -> None:
    respx.route().mock(return_value=httpx.Response(429))

    with pytest.raises(Throttled, match="→ 429"):
        api.upload()
    assert api.upload(expects_429=True).status == 429
    assert api.quota.requests == {"primary": 2}


@respx.mock
def test_no_answer_says_nothing_either(api: Api) -> None:
    respx.route().mock(side_effect=httpx.ConnectError("refused"))

    with pytest.raises(Unreachable, match="refused"):
        api.upload()
    assert api.upload(allow_unreachable=True).response is None


@respx.mock
def test_a_slot_is_given_back_whatever_happens(api: Api) -> None:
    respx.route().mock(return_value=httpx.Response(429))

    for _ in range(7):
        with pytest.raises(Throttled):
            api.upload()
