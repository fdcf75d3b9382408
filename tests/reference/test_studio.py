import pytest

from conformance.reference import Running
from tests.reference.caller import Caller, Meet


def states(caller: Caller, generation_id: str) -> list[str]:
    """What polling sees, second by second."""
    seen = []
    for _ in range(5):
        seen.append(caller.poll(generation_id).json()["status"])
        caller.advance(1)
    return seen


def test_a_generation_succeeds_and_stays_as_it_is(primary: Caller) -> None:
    generation_id = primary.generation("鷺", n=2, size="1536x1024")
    queued = primary.poll(generation_id).json()
    assert queued == {
        "id": generation_id,
        "status": "queued",
        "type": "text2img",
        "outputs": [],
        "error": None,
        "costCredits": 4,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "completedAt": None,
    }
    assert states(primary, generation_id) == ["queued", "running", "running", "succeeded", "succeeded"]
    record = primary.poll(generation_id).json()
    assert record["completedAt"] == "2026-01-01T00:00:03.000Z"
    assert record["createdAt"] == queued["createdAt"]
    assert [(output["width"], output["height"]) for output in record["outputs"]] == [(1536, 1024)] * 2
    primary.advance(100_000)
    assert primary.poll(generation_id).json() == record


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("blocked_input", ["queued", "blocked", "blocked", "blocked", "blocked"]),
        ("blocked_output", ["queued", "running", "running", "blocked", "blocked"]),
        ("failed", ["queued", "running", "running", "failed", "failed"]),
    ],
)
def test_what_does_not_succeed_is_refunded_once(primary: Caller, marker: str, expected: list[str]) -> None:
    before = primary.balance
    generation_id = primary.generation(getattr(primary.server.service.parts.rules, marker))
    assert primary.balance == before - 2
    assert states(primary, generation_id) == expected
    record = primary.poll(generation_id).json()
    assert record["error"]
    assert record["outputs"] == []
    assert record["completedAt"] > record["createdAt"]
    assert primary.balance == before


def test_a_refused_prompt_costs_nothing(primary: Caller) -> None:
    assert primary.generate(primary.server.service.parts.rules.rejected).status_code == 422
    assert primary.balance == primary.server.accounts["primary"].credits


def test_the_metered_account_buys_exactly_its_credits(server: Running, meet: Meet) -> None:
    metered, rules = meet(server, "metered"), server.service.parts.rules
    assert metered.generate(quality="high", n=3).status_code == 402
    metered.generation(rules.blocked_input, quality="high", n=2)
    metered.generation(quality="low")
    assert metered.generate(quality="low").status_code == 402
    metered.advance(10)
    metered.generation(quality="high", n=2)
    assert metered.generate(quality="low").status_code == 402


def test_the_compute_cap_is_a_months(server: Running, meet: Meet) -> None:
    capped = meet(server, "capped")
    assert capped.generate().status_code == 402
    capped.advance(31 * 24 * 3600)
    assert capped.generate().status_code == 202


def test_another_customers_generation_is_as_unknown_as_none(primary: Caller, other: Caller) -> None:
    generation_id = primary.generation()
    foreign, unknown = other.poll(generation_id), other.poll("00000000-0000-4000-8000-000000000000")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content
