import hashlib
import hmac
import json
import socket
import uuid
from dataclasses import replace

import pytest

from conformance.reference import Rules, SteppedClock, start
from conformance.reference.clock import START
from conformance.reference.dispatcher import Attempt
from tests.reference.caller import WEBHOOKS, Caller, Meet
from tests.reference.receiver import Post, Receiver


def at(posts: list[Post]) -> list[float]:
    """Seconds from the server's start."""
    return [post.at - START.timestamp() for post in posts]


def ids(posts: list[Post]) -> list[str]:
    return [post.headers["X-Gptimg-Delivery"] for post in posts]


def marked(caller: Caller, fate: str) -> str:
    return str(getattr(caller.server.service.parts.rules, fate))


@pytest.mark.parametrize(
    ("fate", "event", "status"),
    [
        (None, "generation.succeeded", "succeeded"),
        ("failed", "generation.failed", "failed"),
        ("blocked_input", "generation.failed", "blocked"),
    ],
)
def test_a_delivery_agrees_with_what_polling_shows(
    primary: Caller, receiver: Receiver, fate: str | None, event: str, status: str
) -> None:
    secret = primary.webhook(receiver.url)["secret"]
    generation_id = primary.generation(marked(primary, fate) if fate else "鷺", n=2)
    primary.run_out()
    (post,) = receiver.posts
    assert post.path == "/hook"
    assert post.headers["Content-Type"] == "application/json"
    assert post.headers["X-Gptimg-Event"] == event
    assert post.headers["X-Gptimg-Signature"] == hmac.new(secret.encode(), post.body, hashlib.sha256).hexdigest()
    assert uuid.UUID(post.headers["X-Gptimg-Delivery"])
    content, record = json.loads(post.body), primary.poll(generation_id).json()
    assert content["event"] == event
    assert content["data"]["generationId"] == generation_id
    assert content["data"]["status"] == status
    for name in ("type", "status", "outputs", "createdAt", "completedAt"):
        assert content["data"][name] == record[name]
    assert content["data"].get("error") == record["error"]


def test_only_subscribed_events_and_only_the_owners(primary: Caller, other: Caller, receiver: Receiver) -> None:
    primary.webhook(receiver.url, "generation.failed")
    other.webhook(receiver.url, "generation.succeeded")
    primary.generation()
    other.generation(marked(other, "failed"))
    primary.run_out()
    assert receiver.posts == []
    failed, succeeded = primary.generation(marked(primary, "failed")), other.generation()
    primary.run_out()
    assert {json.loads(post.body)["data"]["generationId"] for post in receiver.posts} == {failed, succeeded}


def test_a_failure_is_retried_three_times_with_the_same_bytes(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: 500
    primary.webhook(receiver.url)
    primary.generation()
    primary.run_out()
    assert at(receiver.posts) == [3, 33, 153, 753]
    assert len({post.body for post in receiver.posts}) == 1
    assert len({tuple(post.headers.items()) for post in receiver.posts}) == 1


def test_deliveries_have_ids_of_their_own(primary: Caller, receiver: Receiver) -> None:
    primary.webhook(receiver.url)
    primary.webhook(receiver.url)
    primary.generation()
    primary.generation()
    primary.run_out()
    assert len(set(ids(receiver.posts))) == 4


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_ends_a_delivery(primary: Caller, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: status
    primary.webhook(receiver.url)
    primary.generation()
    primary.run_out()
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("answer", [301, "redirect", 304, 400, 404, 410, 429, 500, 503, "reset"])
def test_everything_else_is_retried_and_a_success_ends_it(
    primary: Caller, receiver: Receiver, answer: int | str
) -> None:
    receiver.answer = lambda number: answer if number < 2 else 200
    primary.webhook(receiver.url)
    primary.generation()
    primary.run_out()
    assert at(receiver.posts) == [3, 33, 153]
    assert {post.path for post in receiver.posts} == {"/hook"}
    assert not receiver.posts[0].headers.keys() - receiver.posts[2].headers.keys()


def test_five_seconds_without_an_answer_are_a_failure(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda number: "stall" if number < 3 else 200
    primary.webhook(receiver.url)
    primary.generation()
    primary.advance(3)
    for _ in range(3):
        assert receiver.arrived.acquire(timeout=5)
        assert primary.http.get("/__clock").json()["busy"] == 1
        primary.advance(4.999)
        assert primary.http.get("/__clock").json()["busy"] == 1
        primary.advance(0.001)
        primary.step()
    primary.run_out()
    assert at(receiver.posts) == [3, 38, 163, 768]


def test_an_answer_in_time_is_a_success(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: "held"
    primary.webhook(receiver.url)
    primary.generation()
    primary.advance(3)
    assert receiver.arrived.acquire(timeout=5)
    assert primary.advance(3.5)["busy"] == 1
    receiver.release.set()
    primary.run_out()
    assert len(receiver.posts) == 1


def test_the_status_decides_even_when_the_body_never_ends(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: "endless"
    primary.webhook(receiver.url)
    primary.generation()
    primary.advance(3)
    assert receiver.arrived.acquire(timeout=5)
    webhook = next(iter(primary.server.service.parts.registry.webhooks.values()))
    primary.server.service.parts.registry.failed(webhook)
    while primary.http.get("/__clock").json()["busy"]:
        primary.advance(5)
    assert webhook.failures == 0
    assert len(receiver.posts) == 1


def test_a_refused_connection_is_retried(primary: Caller) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        primary.webhook(f"http://127.0.0.1:{closed.getsockname()[1]}/")
        primary.generation()
        primary.run_out()
    assert primary.server.clock.now() == START.timestamp() + 753
    (webhook,) = primary.server.service.parts.registry.webhooks.values()
    assert webhook.failures == 4


def test_eight_failures_in_a_row_disable_a_webhook_until_it_is_enabled(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: 500
    path = f"{WEBHOOKS}/{primary.webhook(receiver.url)['id']}"
    for _ in range(2):
        assert primary.http.get(path, headers=primary.cookie).json()["enabled"]
        primary.generation()
        primary.run_out()
    assert not primary.http.get(path, headers=primary.cookie).json()["enabled"]
    primary.generation()
    primary.run_out()
    assert len(receiver.posts) == 8
    receiver.answer = lambda _: 200
    assert primary.http.patch(path, json={"enabled": True}, headers=primary.cookie).json()["enabled"]
    primary.generation()
    primary.run_out()
    assert len(receiver.posts) == 9


def test_a_success_starts_the_count_anew(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda number: 200 if number == 7 else 500
    primary.webhook(receiver.url)
    for _ in range(3):
        primary.generation()
        primary.run_out()
    assert len(receiver.posts) == 12
    assert next(iter(primary.server.service.parts.registry.webhooks.values())).enabled


def test_a_removed_webhook_gets_nothing_more(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: 500
    path = f"{WEBHOOKS}/{primary.webhook(receiver.url)['id']}"
    primary.generation()
    primary.advance(3)
    primary.rest()
    primary.http.delete(path, headers=primary.cookie)
    primary.generation()
    primary.run_out()
    assert len(receiver.posts) == 1


def test_a_slow_endpoint_delays_no_other(primary: Caller, receiver: Receiver, second: Receiver) -> None:
    receiver.answer = lambda _: "stall"
    primary.webhook(receiver.url)
    primary.webhook(second.url)
    primary.generation()
    primary.advance(3)
    assert receiver.arrived.acquire(timeout=5)
    assert second.arrived.acquire(timeout=5)
    assert at(second.posts) == [3]
    primary.advance(5)


def test_many_deliveries_interleave_the_same_every_time(meet: Meet) -> None:
    def campaign() -> list[tuple[str, float]]:
        with start(rules=Rules(disable_after=1000), clock=SteppedClock(grace=30)) as server:
            receiver = Receiver(server.clock.now)
            receiver.answer = lambda _: 500
            caller = meet(server)
            for number in range(5):
                caller.webhook(f"{receiver.url}{number}")
            for _ in range(5):
                caller.generation()
                caller.advance(7)
            caller.run_out()
            receiver.close()
            return sorted((post.path, post.at) for post in receiver.posts)

    first = campaign()
    assert len(first) == 5 * 5 * 4
    assert campaign() == first


def test_one_long_advance_lets_deliveries_come_to_rest_on_the_way(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: 500
    primary.webhook(receiver.url)
    primary.generation()
    primary.advance(3600)
    primary.rest()
    assert at(receiver.posts) == [3, 33, 153, 753]


def test_disturbers_see_each_attempt_and_may_change_it(primary: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda number: 500 if number == 0 else 200
    seen: list[int] = []

    def disturb(attempt: Attempt) -> Attempt:
        seen.append(attempt.number)
        return replace(attempt, body=b"{}")

    primary.server.service.dispatcher.disturbers.append(disturb)
    primary.webhook(receiver.url)
    primary.generation()
    primary.run_out()
    assert seen == [1, 2]
    assert [post.body for post in receiver.posts] == [b"{}", b"{}"]
