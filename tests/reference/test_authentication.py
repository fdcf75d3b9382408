import pytest

from conformance.reference import Running, accounts_from
from tests.reference.caller import Caller, Meet

PATHS = [("POST", "/api/v1/generate"), ("POST", "/api/v1/upload"), ("GET", "/api/v1/generations/1")]


def credentials(key: str) -> list[str]:
    return [
        key,
        f"Basic {key}",
        f"Bearer{key}",
        f"Bearer\t{key}",
        f"Bearer {key[5:]}",
        f"Bearer {key[:-1]}",
        f"Bearer {key}x",
        f"Bearer {key.upper()}",
        "Bearer gimg_" + "0" * 32,
        "Bearer x",
        "Bearer",
        "",
    ]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nothing_but_a_known_key_is_let_in(primary: Caller, method: str, path: str) -> None:
    key = primary.server.accounts["primary"].key
    for headers in ({}, *({"Authorization": value} for value in credentials(key))):
        answer = primary.http.request(method, path, headers=headers, content=b"{ not judged yet")
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["error"]["message"]


def test_two_authorization_headers_are_none(primary: Caller) -> None:
    headers = [*primary.bearer.items(), *primary.bearer.items()]
    assert primary.http.get("/api/v1/generations/1", headers=headers).status_code == 401


def test_the_scheme_is_read_in_any_case(primary: Caller) -> None:
    value = primary.bearer["Authorization"].replace("Bearer", "bEARER ")
    assert primary.http.get("/api/v1/generations/1", headers={"Authorization": value}).status_code == 404


def test_without_a_key_even_unknown_paths_and_methods_are_401(primary: Caller) -> None:
    assert primary.http.get("/api/v1/nothing").status_code == 401
    assert primary.http.delete("/api/v1/generate").status_code == 401
    assert primary.http.get("/nothing").status_code == 404


def test_only_pro_and_max_generate(server: Running, meet: Meet) -> None:
    statuses = {name: meet(server, name).generate().status_code for name in ("primary", "other", "burner", "free")}
    assert statuses == {"primary": 202, "other": 202, "burner": 202, "free": 403}


def test_who_cannot_pay_is_told_402_and_why(server: Running, meet: Meet) -> None:
    codes = {name: meet(server, name).generate().json()["error"]["code"] for name in ("broke", "capped")}
    assert codes == {"broke": "insufficient_credits", "capped": "compute_cap_reached"}


def test_keys_and_cookies_follow_from_the_seed(server: Running) -> None:
    assert accounts_from(0) == server.accounts
    assert accounts_from(1).keys() == server.accounts.keys()
    secrets = {
        secret for seed in (0, 1) for each in accounts_from(seed).values() for secret in (each.key, each.session)
    }
    assert len(secrets) == 2 * 2 * len(server.accounts)
    assert all(each.key.startswith("gimg_") and len(each.key) == 37 for each in server.accounts.values())
