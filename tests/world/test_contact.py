"""First contact: one root cause, and the words that tell it."""

from collections.abc import Callable

import pytest

from conformance.errors import Inconclusive, Unreachable
from conformance.evidence import Exchange, Request, Response
from conformance.world.contact import NO_TARGET, FirstContact


def contact(generate: int, upload: int, unknown: int) -> FirstContact:
    def call(path: str, status: int) -> Exchange:
        response = Response(status, (), b"") if status else None
        return Exchange(Request("POST", f"http://h/{path}"), response, 0.0, 1.0, failure="" if status else "refused")

    return FirstContact("http://h", (call("generate", generate), call("upload", upload), call("unknown", unknown)))


def raised(check: Callable[[], object]) -> Inconclusive:
    with pytest.raises(Inconclusive) as caught:
        check()
    assert caught.value.code == NO_TARGET
    assert caught.value.hint
    return caught.value


def test_nothing_that_answers_cannot_be_reached() -> None:
    error = raised(contact(0, 0, 0).check_answers)

    assert isinstance(error, Unreachable)
    assert error.message == "http://h cannot be reached: refused"


@pytest.mark.parametrize(
    ("statuses", "root"), [((405, 405, 404), "API-1"), ((200, 200, 200), "API-1"), ((500, 500, 404), "API-2")]
)
def test_what_does_not_answer_like_this_api_has_one_cause(statuses: tuple[int, int, int], root: str) -> None:
    error = raised(contact(*statuses).check_is_the_api)

    assert error.root == root
    assert f"POST /generate → {statuses[0]}" in error.message


def test_a_key_that_is_refused_everywhere_is_one_cause() -> None:
    assert raised(contact(401, 401, 401).check_key).root == "AUTH-11"
    assert contact(401, 401, 404).check_key().upload.status == 401


def test_one_call_that_broke_is_no_verdict_on_the_others() -> None:
    seen = contact(401, 0, 404).check_answers().check_is_the_api().check_key()

    assert seen.unknown.status == 404
    with pytest.raises(Unreachable):
        _ = seen.upload
