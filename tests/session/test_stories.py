"""The story of a failed check: in order, each step with what matters of it, and like ones joined."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from conformance.evidence import Exchange, Request, Response
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.plan.settings import Settings
from conformance.session.stories import with_stories
from conformance.verdict import Mark, Outcome, Step, Verdict

SETTINGS = cast(
    "Settings",
    SimpleNamespace(
        target=SimpleNamespace(clock=SimpleNamespace(scale=10.0)),
        embedded=False,
        called=("run",),
        called_behind=(),
        are_extensions=lambda _: False,
    ),
)
ID = "23a7711a-8133-4876-b7eb-dcd9e87a1613"


def sent(number: int, operation: str, status: int, body: Any = None, at: float | None = None, **more: Any) -> Exchange:
    url = f"http://h/api/v1/generations/{ID}" if operation == "generation" else "http://h/api/v1/generate"
    headers = more.pop("headers", ())
    began = float(number) if at is None else at
    answer = Response(status, headers, json.dumps(body).encode()) if status else None
    request = Request("POST", url, (("X-Request-Id", f"gimg-ab-{number}"),), b'{"prompt": "a"}')
    return Exchange(request, answer, began, began + 0.1, operation=operation, number=number, **more)


def attempt(serial: int, number: int, at: float) -> Attempt:
    moment = Moment(at, at * 10, "")
    headers = (("X-Gptimg-Event", "generation.failed"), ("X-Gptimg-Delivery", "d-1"))
    return Attempt(
        "endpoint-1", ID, number, moment, "POST", "/", headers, b"{}", "500", Ending("answered", 500, moment),
        scenario="s", serial=serial,
    )  # fmt: skip


def story(outcome: Outcome, evidence: list[Exchange], arrived: list[Attempt] | None = None) -> tuple[Step, ...]:
    (found,) = with_stories([outcome], evidence, arrived or [], SETTINGS)
    assert found.repeat == "run --only t::a"
    return found.story


def failed(*exchanges: int, requirement: str = "A-1", **more: Any) -> Outcome:
    return Outcome("t::a", (requirement,), Verdict.FAIL, exchanges=exchanges, **more)


def test_each_request_says_what_it_was_for_and_what_matters_of_the_answer() -> None:
    evidence = [
        sent(1, "generate", 202, {"generationId": ID}, probe="the first call"),
        sent(2, "generation", 200, {"status": "queued"}),
        sent(3, "generation", 200, {"status": "queued"}),
        sent(4, "generation", 200, {"status": "failed", "costCredits": 8}),
        sent(5, "generate", 429, {"error": {"code": "slow"}}, headers=(("Retry-After", "7"),)),
        sent(6, "generate", 0, failure="no answer in time"),
    ]
    found = story(failed(1, 2, 3, 4, 5, 6, decided_by=4, beside=(1,)), evidence)

    assert [(step.role, step.exchanges, step.seconds, step.status, step.told, step.mark) for step in found] == [
        ("the first call", (1,), 0.0, 202, f"generationId {ID}", Mark.COMPARED),
        ("poll", (2, 3), 10.0, 200, "queued", Mark.NONE),
        ("poll", (4,), 30.0, 200, "failed, costCredits 8", Mark.DECISIVE),
        ("a call of generate", (5,), 40.0, 429, "slow, Retry-After 7", Mark.NONE),
        ("a call of generate", (6,), 50.0, 0, "no answer in time", Mark.NONE),
    ]
    assert [step.request_id for step in found][:3] == ["gimg-ab-1", "gimg-ab-2", "gimg-ab-4"]
    assert [step.generation for step in found][:2] == [ID, ID]
    assert (found[0].sent, found[1].sent) == ('POST /api/v1/generate {"prompt": "a"}', "")


def test_of_several_accounts_each_request_says_whose_it_is() -> None:
    evidence = [
        sent(1, "generate", 202, account="primary", probe="a key"),
        sent(2, "generate", 409, account="other", probe="the same key"),
        sent(3, "generation", 200, account="primary"),
        sent(4, "generate", 401, probe="no credential"),
    ]

    roles = ["account 'primary': a key", "account 'other': the same key", "poll", "no credential"]
    assert [step.role for step in story(failed(1, 2, 3, 4), evidence)] == roles
    assert [step.role for step in story(failed(1, 3, 4), evidence)] == ["a key", "poll", "no credential"]


def test_the_targets_clock_is_read_where_it_can_be() -> None:
    evidence = [sent(1, "generate", 202, clock=100.0), sent(2, "generate", 400, clock=720.5)]

    assert [step.seconds for step in story(failed(1, 2), evidence)] == [0.0, 620.5]


def test_the_headers_that_a_check_speaks_of_are_shown() -> None:
    headers = (("X-RateLimit-Remaining", "599"), ("Content-Type", "text/html"))
    evidence = [sent(1, "generate", 202, {}, headers=headers)]

    assert story(failed(1, requirement="RATE-9"), evidence)[0].told == "X-RateLimit-Remaining 599"
    assert story(failed(1, expected="content-type: image/png"), evidence)[0].told == "Content-Type text/html"
    assert story(failed(1), evidence)[0].told == ""


def test_an_attempt_that_decides_is_marked_and_so_is_the_call_behind_it() -> None:
    evidence = [sent(1, "generate", 202, {"generationId": ID}, at=1.0)]
    found = story(
        failed(1, decided_by=1, attempts=(0, 1), attempt=1), evidence, [attempt(0, 1, 2.0), attempt(1, 2, 5.0)]
    )

    assert [(step.role, step.seconds, step.status, step.mark) for step in found] == [
        ("a call of generate", 0.0, 202, Mark.COMPARED),
        ("attempt 1", 10.0, 500, Mark.COMPARED),
        ("attempt 2", 40.0, 500, Mark.DECISIVE),
    ]
    assert (found[2].attempts, found[2].told) == ((1,), "generation.failed, delivery d-1")


def test_what_a_target_sends_is_cut_off() -> None:
    evidence = [sent(1, "generate", 202, {"generationId": "x" * 9000}), sent(2, "generate", 400, {"error": "y" * 9000})]

    for step in story(failed(1, 2, decided_by=2), evidence):
        assert len(step.told) + len(step.sent) + len(step.generation) < 800


def test_what_did_not_fail_has_no_story() -> None:
    passed = replace(failed(1), verdict=Verdict.PASS)

    assert with_stories([passed], [sent(1, "generate", 202)], [], SETTINGS) == [passed]


def test_a_story_outlives_being_written() -> None:
    (told,) = with_stories([failed(1, decided_by=1)], [sent(1, "generate", 202, {})], [], SETTINGS)

    assert Outcome.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_an_attempt_that_the_receiver_still_holds_is_told_as_unanswered() -> None:
    held = replace(attempt(0, 1, 2.0), ended=None, answer="")
    (step,) = story(failed(attempts=(0,), attempt=0), [], [held])

    assert (step.status, step.told) == (0, "generation.failed, delivery d-1, unanswered")


def test_what_went_to_our_own_receiver_is_no_part_of_it() -> None:
    evidence = [
        sent(1, "", 200, probe="canary", tags=("canary",)),
        sent(2001, "generate", 202, {"generationId": ID}, probe="the call"),
        sent(2004, "generate", 400),
    ]
    found = story(failed(1, 2001, 2004, decided_by=2004), evidence)

    assert [(step.role, step.seconds) for step in found] == [("the call", 0.0), ("a call of generate", 30.0)]
