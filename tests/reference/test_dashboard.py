from typing import Any

import pytest

from tests.reference.caller import WEBHOOKS, Caller

VALID = {"url": "https://example.com/hook", "events": ["generation.succeeded"], "label": "Production"}


def register(caller: Caller, **defect: Any) -> Any:
    return caller.http.post(WEBHOOKS, json={**VALID, **defect}, headers=caller.cookie)


def test_a_registration_shows_its_secret_once(primary: Caller) -> None:
    first, again = register(primary), register(primary)
    assert first.status_code == 201
    assert first.json() | {"id": 0, "secret": 0} == {
        "id": 0,
        "secret": 0,
        "enabled": True,
        "createdAt": "2026-01-01T00:00:00.000Z",
        **VALID,
    }
    secrets = [answer.json()["secret"] for answer in (first, again)]
    assert all(secret.startswith("whsec_") for secret in secrets)
    assert secrets[0] != secrets[1]
    path = f"{WEBHOOKS}/{first.json()['id']}"
    later = [
        primary.http.get(WEBHOOKS, headers=primary.cookie),
        primary.http.get(path, headers=primary.cookie),
        primary.http.patch(path, json={"enabled": True}, headers=primary.cookie),
    ]
    assert [answer.status_code for answer in later] == [200] * 3
    assert not any("whsec_" in answer.text for answer in later)
    assert [webhook["id"] for webhook in later[0].json()["webhooks"]] == [first.json()["id"], again.json()["id"]]


def test_only_a_session_opens_the_dashboard(primary: Caller) -> None:
    session = primary.server.accounts["primary"].session
    for headers in ({}, primary.bearer, {"Cookie": "session="}, {"Cookie": f"session={session}x"}, {"Cookie": session}):
        answer = primary.http.post(WEBHOOKS, json=VALID, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.json()["error"]["message"]
        assert primary.http.get(WEBHOOKS, headers=headers).status_code == 401
    assert not primary.server.service.parts.registry.webhooks
    among = {"Cookie": f"theme=dark; broken cookie; session={session}"}
    assert primary.http.get(WEBHOOKS, headers=among).status_code == 200
    assert not [name for name in primary.http.get(WEBHOOKS, headers=among).headers if "ratelimit" in name]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://example.com/hook"),
        ("url", "http://10.0.0.1/hook"),
        ("url", "ftp://example.com"),
        ("url", "//example.com/hook"),
        ("url", "https://"),
        ("url", "https://[::1"),
        ("url", "https://example.com:99999/"),
        ("url", "https://user@example.com/"),
        ("url", "https://example.com/a b"),
        ("url", "https://example.com/" + "x" * 2048),
        ("url", None),
        ("events", []),
        ("events", ["generation.started"]),
        ("events", ["generation.succeeded", "*"]),
        ("events", "generation.succeeded"),
        ("label", 1),
        ("label", ["x"]),
    ],
)
def test_a_wrong_field_is_refused_by_name(primary: Caller, field: str, value: Any) -> None:
    answer = register(primary, **{field: value})
    assert answer.status_code == 400
    assert answer.json()["error"]["issues"][0]["path"][0] == field
    assert not primary.server.service.parts.registry.webhooks


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://127.9.9.9/", "http://[::1]:8/", "http://localhost/?a=b"]
)
def test_plain_http_is_for_loopback_addresses(primary: Caller, url: str) -> None:
    assert register(primary, url=url).status_code == 201


def test_one_event_twice_is_one(primary: Caller) -> None:
    assert register(primary, events=["generation.failed"] * 2).json()["events"] == ["generation.failed"]


def test_a_webhook_is_removed_once_and_by_its_owner(primary: Caller, other: Caller) -> None:
    path = f"{WEBHOOKS}/{register(primary).json()['id']}"
    foreign = [other.http.request(method, path, headers=other.cookie) for method in ("GET", "PATCH", "DELETE")]
    assert [answer.status_code for answer in foreign] == [404] * 3
    assert other.http.get(WEBHOOKS, headers=other.cookie).json() == {"webhooks": []}
    gone = primary.http.delete(path, headers=primary.cookie)
    assert (gone.status_code, gone.content) == (204, b"")
    assert primary.http.delete(path, headers=primary.cookie).status_code == 404
    assert primary.http.put(path, headers=primary.cookie).headers["Allow"] == "DELETE, GET, HEAD, PATCH"


@pytest.mark.parametrize("body", [{}, {"enabled": 1}, {"enabled": None}, []])
def test_a_switch_is_true_or_false(primary: Caller, body: Any) -> None:
    path = f"{WEBHOOKS}/{register(primary).json()['id']}"
    assert primary.http.patch(path, json=body, headers=primary.cookie).status_code == 400
