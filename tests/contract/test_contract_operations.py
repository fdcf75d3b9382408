"""Which operation a request belongs to, and which statuses it documents."""

import pytest

from tests.contract.contract_samples import CONTRACT


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/api/v1/generate", "generate"),
        ("post", "/api/v1/generate", "generate"),
        ("POST", "/api/v1/generate?debug=1", "generate"),
        ("POST", "/api/v1/upload", "upload"),
        ("GET", "/api/v1/generations/gen_1", "generation"),
        ("GET", "/api/v1/generations/%2F?x", "generation"),
        ("POST", "/api/account/webhooks", "registerWebhook"),
        ("GET", "/api/account/webhooks", "listWebhooks"),
        ("PATCH", "/api/account/webhooks/wh_1", "reenableWebhook"),
        ("DELETE", "/api/account/webhooks/wh_1", "deleteWebhook"),
    ],
)
def test_a_request_is_found_by_method_and_path(method: str, path: str, operation: str) -> None:
    found = CONTRACT.operation(method, path)
    assert found is not None
    assert found.id == operation


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/generate"),
        ("HEAD", "/api/v1/generations/gen_1"),
        ("POST", "/api/v1/generate/"),
        ("GET", "/api/v1/generations/"),
        ("GET", "/api/v1/generations/a/b"),
        ("POST", "/api/v1xgenerate"),
        ("GET", "/"),
    ],
)
def test_other_requests_belong_to_none(method: str, path: str) -> None:
    assert CONTRACT.operation(method, path) is None


def test_a_status_is_listed_by_itself_or_by_its_class() -> None:
    generate, register = CONTRACT.operations["generate"], CONTRACT.operations["registerWebhook"]
    assert generate.documents(202)
    assert not generate.documents(201)
    assert register.documents(409)
    assert not register.documents(202)
    assert not register.documents(503)


def test_an_unknown_operation_or_event_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        CONTRACT.judge("draw", 200, (), b"")
    with pytest.raises(KeyError):
        CONTRACT.judge_payload("generation.queued", b"{}")
