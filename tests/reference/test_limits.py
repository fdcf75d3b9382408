import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from conformance.reference import Rules, Running, start
from conformance.reference.clock import START
from tests.reference.caller import Caller, Meet

RESET = str(round(START.timestamp()) + 3600)


@pytest.fixture
def tight(meet: Meet) -> Iterator[Caller]:
    """A customer of a server that allows three calls an hour."""
    with start(rules=Rules(limit=3)) as server:
        yield meet(server)


def remaining(answer: httpx.Response) -> int:
    return int(answer.headers["X-RateLimit-Remaining"])


def test_every_answer_to_a_valid_key_counts_down_whatever_its_status(server: Running, meet: Meet) -> None:
    primary = meet(server)
    expected = [
        (202, primary.generate()),
        (200, primary.upload()),
        (400, primary.generate(n=0)),
        (400, primary.call("POST", "generate", content=b"{")),
        (400, primary.upload(size=0)),
        (404, primary.poll("unknown")),
        (404, primary.call("GET", "unknown")),
        (405, primary.call("DELETE", "generate")),
        (422, primary.generate(server.service.parts.rules.rejected)),
    ]
    for count, (status, answer) in enumerate(expected, start=1):
        assert answer.status_code == status
        assert answer.headers["X-RateLimit-Limit"] == "600"
        assert remaining(answer) == 600 - count
        assert answer.headers["X-RateLimit-Reset"] == RESET
        assert "Retry-After" not in answer.headers
    for name, status in (("free", 403), ("broke", 402), ("capped", 402)):
        answer = meet(server, name).generate()
        assert (answer.status_code, remaining(answer)) == (status, 599)


def test_a_fault_of_the_server_still_carries_the_headers(meet: Meet, caplog: pytest.LogCaptureFixture) -> None:
    with start(alter=lambda service: setattr(service.studio, "find", None)) as server:
        answer = meet(server).poll("1")
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "internal_error"
        assert remaining(answer) == 599
    assert "could not be served" in caplog.text


def test_a_window_begins_with_the_first_call_and_restores_the_quota_at_its_end(tight: Caller) -> None:
    tight.advance(100.25)
    begin = START.timestamp() + 100.25
    for left in (2, 1, 0):
        assert remaining(tight.upload()) == left
    tight.advance(599.75)
    refused = tight.upload()
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(3600 - 599)
    assert refused.headers["X-RateLimit-Reset"] == str(int(begin) + 1 + 3600)
    assert remaining(refused) == 0
    tight.advance(3000.5)
    assert tight.upload().status_code == 429
    tight.advance(0.5)
    served = tight.upload()
    assert (served.status_code, remaining(served)) == (200, 2)
    assert int(served.headers["X-RateLimit-Reset"]) - int(refused.headers["X-RateLimit-Reset"]) == 3600


def test_a_429_does_not_count_and_leaves_other_keys_alone(tight: Caller) -> None:
    for _ in range(3):
        tight.generate(n=0)
    assert [tight.poll("1").status_code for _ in range(3)] == [429] * 3
    assert replace(tight, name="other").upload().status_code == 200
    tight.advance(3600)
    assert remaining(tight.poll("1")) == 2


class Held:
    """A request whose last byte is kept back."""

    def __init__(self, caller: Caller, body: bytes) -> None:
        host, _, port = caller.server.base_url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=5)
        self.body = body
        head = f"POST /api/v1/generate HTTP/1.1\r\nHost: x\r\nAuthorization: {caller.bearer['Authorization']}\r\n"
        self.socket.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])

    def finish(self) -> int:
        self.socket.sendall(self.body[-1:])
        return self.status()

    def status(self) -> int:
        with self.socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.fixture
def hold() -> Iterator[Callable[..., Held]]:
    held: list[Held] = []

    def hold(caller: Caller, body: bytes = b'{"prompt": "A heron"}') -> Held:
        held.append(Held(caller, body))
        return held[-1]

    yield hold
    for each in held:
        each.socket.close()


def in_flight(caller: Caller) -> int:
    return caller.server.service.parts.limiter.in_flight[caller.bearer["Authorization"].removeprefix("Bearer ")]


def wait_for_requests(caller: Caller, count: int) -> None:
    """Let the server see what was sent: each poll of the clock is a round through its loop."""
    for _ in range(1000):
        if in_flight(caller) == count:
            return
        caller.http.get("/__clock")
    raise AssertionError(f"{in_flight(caller)} in flight instead of {count}")


def test_five_at_once_are_served_and_a_sixth_is_not(primary: Caller, other: Caller, hold: Callable[..., Held]) -> None:
    five = [hold(primary) for _ in range(5)]
    wait_for_requests(primary, 5)
    refused = primary.upload()
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-RateLimit-Remaining"] == "595"
    assert hold(primary).status() == 429
    assert other.upload().status_code == 200
    assert [each.finish() for each in five] == [202] * 5
    assert primary.upload().status_code == 200


def test_no_slot_is_lost(primary: Caller, hold: Callable[..., Held]) -> None:
    rejected = b'{"prompt": "' + primary.server.service.parts.rules.rejected.encode() + b'"}'
    for body, status in ((b"{ }", 400), (b"{ ,", 400), (rejected, 422)):
        ended = [hold(primary, body) for _ in range(5)]
        wait_for_requests(primary, 5)
        assert [each.finish() for each in ended] == [status] * 5
    broken = [hold(primary) for _ in range(5)]
    wait_for_requests(primary, 5)
    for each in broken:
        each.socket.close()
    wait_for_requests(primary, 0)
    assert primary.upload().status_code == 200


def test_a_request_that_outlives_its_window_shows_the_next_one(primary: Caller, hold: Callable[..., Held]) -> None:
    held = hold(primary)
    wait_for_requests(primary, 1)
    primary.advance(4000)
    assert held.finish() == 202
    answer = primary.upload()
    assert remaining(answer) == 599
    assert answer.headers["X-RateLimit-Reset"] == str(round(START.timestamp()) + 7600)
