"""First contact, sent: how many requests it takes, what is waited for, and whose key is let in."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.checks.contact import NO_TARGET
from conformance.client import Journal, Quota, Recorder
from conformance.client.remaining import Remaining
from conformance.client.sender import Sender
from conformance.contract import documented
from conformance.errors import Inconclusive, Throttled, Unreachable
from conformance.evidence import Vault
from conformance.target import MovedClock, PassingClock, TargetFile
from conformance.world import World
from conformance.world.first_contact import make_contact

QUOTA = documented().quota
Answer = Callable[[httpx.Request], httpx.Response]
FILE = {
    "target": {"base_url": "http://target.example"},
    "accounts": {"primary": {"key": "gimg_primary"}, "other": {"key": "gimg_other"}, "free": {"key": "gimg_free"}},
}


class Sleeper:
    """Sleeps at once, and remembers for how long."""

    def __init__(self) -> None:
        self.slept = list[float]()

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Desk:
    """A world before a scripted target."""

    def __init__(self, path: Path) -> None:
        self.requests, self.sleeper = list[httpx.Request](), Sleeper()
        self.answer: Answer = lambda _: answered(404)
        self.journal = Journal(path)
        self.recorder = Recorder(self.journal, Vault("salt"), transport=httpx.MockTransport(self._answer))
        clock = PassingClock(sleeper=self.sleeper)
        self.world = World(
            TargetFile.model_validate(FILE), Sender(self.recorder), clock, Quota(), sleeper=self.sleeper
        )  # fmt: skip

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    def make_contact(self, **options: Any) -> Any:
        return make_contact(self.world, **{"needed": 0, "wait": False, "wait_for_target": 0} | options)


def answered(status: int, body: Any = None, **headers: str) -> httpx.Response:
    content = json.dumps({"error": "x"} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


def limits(remaining: int, reset: int = 1000) -> dict[str, str]:
    told = {"X_RateLimit_Limit": str(QUOTA), "X_RateLimit_Remaining": str(remaining), "X_RateLimit_Reset": str(reset)}
    return {**told, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "main.jsonl")
    yield made
    with closing(made.journal), closing(made.recorder):
        pass


def test_three_calls_are_enough_and_none_costs_a_credit(desk: Desk) -> None:
    desk.answer = lambda request: answered(400 if "generate" in request.url.path else 404, **limits(QUOTA))
    desk.make_contact()

    assert [(r.method, r.url.path.split("/")[3]) for r in desk.requests] == [
        ("POST", "generate"), ("POST", "upload"), ("GET", "generations")
    ]  # fmt: skip
    assert desk.requests[0].content == b"{}"
    assert all(r.headers["authorization"] == "Bearer gimg_primary" for r in desk.requests)


def test_a_refused_key_is_told_with_whoever_is_let_in(desk: Desk) -> None:
    desk.answer = lambda request: answered(404 if "other" in request.headers["authorization"] else 401)

    with pytest.raises(Inconclusive, match=r"refuses the key of account 'primary'.*it lets in other") as caught:
        desk.make_contact()
    assert caught.value.code == NO_TARGET
    assert len(desk.requests) == 5


def test_a_target_that_starts_is_waited_for_when_the_user_says_so(desk: Desk) -> None:
    desk.answer = lambda _: answered(503) if desk.sleeper.monotonic() < 6 else answered(404, **limits(QUOTA))

    with pytest.raises(Unreachable, match="only a gateway answers") as caught:
        desk.make_contact()
    assert "--wait-for-target" in caught.value.hint
    assert len(desk.requests) == 3
    desk.make_contact(wait_for_target=60)
    assert desk.sleeper.slept == [2.0, 2.0, 2.0]


def test_a_target_that_does_not_start_is_given_up(desk: Desk) -> None:
    desk.answer = lambda _: answered(503)

    with pytest.raises(Unreachable):
        desk.make_contact(wait_for_target=10)
    assert sum(desk.sleeper.slept) == 10


class TestClock:
    """Answers from a time on. Until then it cannot be reached, or, where it is `mute`, answers something else."""

    __test__ = False

    def __init__(self, sleeper: Sleeper, seconds: float, *, mute: bool = False) -> None:
        self.sleeper, self.seconds, self.mute = sleeper, seconds, mute

    def __call__(self, *_: object) -> Any:
        if self.sleeper.monotonic() >= self.seconds:
            return {"now": "1970-01-01T00:00:00+00:00", "next": None, "busy": 0}
        if self.mute:
            return {}
        raise Unreachable("the test clock cannot be reached")


def with_clock(desk: Desk, seconds: float, *, mute: bool = False) -> None:
    """As a run puts it together: the time of the clock stands beside each exchange, and goes into what remains."""
    clock = desk.world.clock = MovedClock(TestClock(desk.sleeper, seconds, mute=mute), desk.sleeper)
    desk.recorder.clock, desk.world.sender.remaining = clock.now, Remaining(now=clock.reading)


def test_a_target_that_starts_with_a_test_clock_is_waited_for(desk: Desk) -> None:
    with_clock(desk, 6)
    desk.answer = lambda _: answered(503) if desk.sleeper.monotonic() < 6 else answered(404, **limits(QUOTA))

    contact = desk.make_contact(wait_for_target=60)

    assert {call.clock for call in contact.calls} == {0.0}


def test_where_nothing_answers_the_test_clock_is_not_blamed(desk: Desk) -> None:
    with_clock(desk, 60)
    desk.answer = lambda _: httpx.Response(200, stream=httpx.ByteStream(b"<p>It works!</p>"))

    with pytest.raises(Inconclusive, match=r"^http://target\.example does not answer like this API"):
        desk.make_contact()
    assert len(desk.requests) == 3


def test_only_a_target_that_answers_has_a_test_clock_that_does_not(desk: Desk) -> None:
    with_clock(desk, 60, mute=True)
    desk.answer = lambda _: answered(404, **limits(QUOTA))

    with pytest.raises(Inconclusive, match="the answer of the test clock is wrong") as caught:
        desk.make_contact()
    assert (caught.value.code, len(desk.requests)) == (NO_TARGET, 3)


def test_too_small_a_quota_ends_the_run_before_it_begins(desk: Desk) -> None:
    desk.answer = lambda _: answered(404, **limits(50 - len(desk.requests)))

    with pytest.raises(Throttled, match="47 calls left, and this run may need 100"):
        desk.make_contact(needed=100)
    assert len(desk.requests) == 3


def test_a_quota_is_waited_for_when_the_user_says_so(desk: Desk) -> None:
    desk.answer = lambda _: answered(404, **limits((QUOTA if desk.sleeper.slept else 50) - len(desk.requests)))

    assert desk.make_contact(needed=100, wait=True).lacks(100) is None
    assert desk.sleeper.slept == [1002.0]


def test_a_throttled_first_contact_ends_the_run(desk: Desk) -> None:
    desk.answer = lambda _: answered(429, Retry_After="30", **limits(0, 30))

    with pytest.raises(Throttled, match="throttles the primary key on its first call"):
        desk.make_contact()
    assert len(desk.requests) == 3
