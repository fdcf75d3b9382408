import asyncio

import httpx

from conformance.reference import Running
from tests.reference.caller import Caller


def test_a_replay_answers_the_same_generation_as_it_stands(primary: Caller) -> None:
    first = primary.generate(once="a")
    primary.advance(1)
    second = primary.generate(once="a")
    primary.advance(10)
    third = primary.generate(once="a")
    assert [answer.status_code for answer in (first, second, third)] == [202] * 3
    assert len({answer.json()["generationId"] for answer in (first, second, third)}) == 1
    assert [answer.json()["status"] for answer in (first, second, third)] == ["queued", "running", "succeeded"]
    assert primary.balance == primary.server.accounts["primary"].credits - 2


def test_the_same_order_in_other_words_is_the_same(primary: Caller) -> None:
    first = primary.generate(once="a")
    assert primary.generate(once="a", n=1.0, size="1024x1024").json() == first.json()


def test_a_key_with_another_body_is_refused(primary: Caller) -> None:
    primary.generate(once="a")
    assert primary.generate(once="a", n=2).status_code == 422
    assert len(primary.server.service.parts.generations) == 1


def test_other_keys_no_key_and_other_accounts_make_their_own(primary: Caller, other: Caller) -> None:
    answers = [
        primary.generate(once="a"),
        primary.generate(once="b"),
        primary.generate(once=""),
        primary.generate(once=""),
        primary.generate(),
        other.generate(once="a"),
    ]
    assert len({answer.json()["generationId"] for answer in answers}) == len(answers)


def test_a_refused_call_leaves_its_key_unused(primary: Caller) -> None:
    rules = primary.server.service.parts.rules
    assert primary.generate(once="a", n=0).status_code == 400
    assert primary.generate(rules.rejected, once="a").status_code == 422
    assert primary.generate(once="a").status_code == 202


def test_an_upload_is_replayed_word_for_word(primary: Caller, other: Caller) -> None:
    first = primary.upload(once="a").json()
    primary.advance(60)
    assert primary.upload(once="a").json() == first
    assert primary.upload(once="a", size=5).status_code == 422
    assert primary.upload(once="b").json()["key"] != first["key"]
    assert other.upload(once="a").json()["key"] != first["key"]
    assert primary.generate(once="a").status_code == 202


def test_simultaneous_duplicates_make_one_generation(server: Running, primary: Caller) -> None:
    async def race() -> list[httpx.Response]:
        headers = {**primary.bearer, "Idempotency-Key": "race"}
        async with httpx.AsyncClient(base_url=server.base_url, verify=False) as http:  # noqa: S501 - plain http
            calls = (http.post("/api/v1/generate", json={"prompt": "A heron"}, headers=headers) for _ in range(5))
            return await asyncio.gather(*calls)

    answers = asyncio.run(race())
    assert [answer.status_code for answer in answers] == [202] * 5
    assert len({answer.json()["generationId"] for answer in answers}) == 1
    assert primary.balance == server.accounts["primary"].credits - 2
