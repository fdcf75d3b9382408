"""R44: what is tried again, what is charged to the target, and when asking ends."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.client import Journal, Recorder
from conformance.client.journal import read
from conformance.client.sender import Sender
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Vault
from conformance.evidence.blame import CHARGED, CONTROL
from conformance.limits import CUT_OFF, OUTAGE_SECONDS

URL = "http://target.example/probe"
CONTROL_URL = "http://target.example/control"
Script = list[int | Exception | httpx.Response]


class Bench:
    """A sender whose answers are scripted: 0 is a connection that is refused."""

    def __init__(self, path: Path, probes: Script, controls: Script) -> None:
        self.path, self.paused = path, list[float]()
        self.answers = {"/probe": probes, "/control": controls}
        self.journal = Journal(path)
        self.recorder = Recorder(self.journal, Vault("salt"), transport=httpx.MockTransport(self._answer))
        self.sender = Sender(self.recorder, self._control, self.paused.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        script = self.answers[request.url.path]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))
        if isinstance(answer, Exception) or not answer:
            raise answer or httpx.ConnectError("refused")
        return httpx.Response(answer, stream=httpx.ByteStream(b"{}"))

    def _control(self, _: str) -> Exchange:
        return self.recorder.capture("GET", CONTROL_URL, tags=(CONTROL,), expects_429=True)

    def send(self, method: str = "GET", **options: Any) -> Exchange:
        plain = {"operation": "generation", "account": "primary"}
        return self.sender.send(method, URL, **plain | options)

    def seen(self) -> list[tuple[str, int]]:
        return [(e.request.url.rpartition("/")[2], e.status) for e in read([self.path])]


Make = Callable[[Script, Script], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Make]:
    made = list[Bench]()

    def make(probes: Script, controls: Script) -> Bench:
        made.append(Bench(tmp_path / f"{len(made)}.jsonl", probes, controls))
        return made[-1]

    yield make
    for each in made:
        with closing(each.journal), closing(each.recorder):
            pass


@pytest.mark.parametrize("broken", [502, 503, 504, 0])
def test_what_does_not_come_again_is_forgiven(bench: Make, broken: int) -> None:
    one = bench([broken, 404], [200])

    assert one.send().status == 404
    assert one.seen() == [("probe", broken), ("control", 200), ("probe", 404)]


@pytest.mark.parametrize("broken", [502, 503, 504, 0])
def test_what_comes_again_while_others_are_served_is_the_targets(bench: Make, broken: int) -> None:
    one = bench([broken], [200])

    assert CHARGED in one.send().tags
    assert one.seen() == [("probe", broken), ("control", 200)] * 3


def test_what_is_lost_twice_by_chance_is_forgiven(bench: Make) -> None:
    exchange = bench([0, 0, 404], [200]).send()

    assert (exchange.status, exchange.tags) == (404, ())


def test_what_does_not_answer_in_time_is_asked_twice(bench: Make) -> None:
    one = bench([httpx.ReadTimeout("slow")], [200])

    assert CHARGED in one.send().tags
    assert one.seen() == [("probe", 0), ("control", 200)] * 2


def test_what_was_lost_is_counted_by_account(bench: Make) -> None:
    one = bench([0, 502, 404], [200])
    one.send()
    one.send()

    assert (one.sender.circuit.lost("primary"), one.sender.circuit.lost("other")) == (2, 0)


def test_what_comes_again_while_others_are_lost_too_is_nobodys(bench: Make) -> None:
    one = bench([502], [200, 502])

    assert one.send().tags == ()


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500, 501])
def test_any_other_answer_is_asked_for_once(bench: Make, status: int) -> None:
    one = bench([status], [200])

    assert one.send().status == status
    assert one.seen() == [("probe", status)]


def test_a_post_whose_effect_may_have_taken_place_is_never_sent_again(bench: Make) -> None:
    one = bench([0, 202], [200])

    assert one.send("POST").response is None
    assert one.seen() == [("probe", 0), ("control", 200)]


def test_a_harmless_post_is(bench: Make) -> None:
    assert bench([0, 202], [200]).send("POST", harmless=True).status == 202


def test_an_outage_is_waited_out(bench: Make) -> None:
    one = bench([0, 404], [0, 503, 200])

    assert one.send().status == 404
    assert one.paused == [0.5, 1.0]


def test_a_target_that_does_not_come_back_is_asked_no_more(bench: Make) -> None:
    one = bench([0], [0])

    one.send()
    assert sum(one.paused) <= OUTAGE_SECONDS
    before = len(one.seen())
    for operation in ("upload", "generate", ""):
        with pytest.raises(Inconclusive, match="stopped answering") as caught:
            one.send(operation=operation, account="other")
        assert caught.value.root == "target.example did not answer"
    assert len(one.seen()) == before


def test_a_limit_of_ours_is_not_tried_again_and_ends_the_operation(bench: Make) -> None:
    one = bench([httpx.Response(200, content=b"x" * 2_000_000)], [200])

    for _ in range(CUT_OFF):
        assert one.send().limit
    with pytest.raises(Inconclusive, match="generation is called no more"):
        one.send()
    assert one.send(operation="upload").limit
    assert one.seen() == [("probe", 200)] * (CUT_OFF + 1)


@pytest.mark.parametrize("headers", [{"X-RateLimit-Remaining": "0"}, {"Retry-After": "999999"}])
def test_a_used_up_quota_ends_the_account(bench: Make, headers: dict[str, str]) -> None:
    one = bench([httpx.Response(429, headers=headers)], [200])

    assert one.send().status == 429
    with pytest.raises(Inconclusive, match="'primary' is used up"):
        one.send(operation="upload")
    assert one.send(account="other").status == 429


@pytest.mark.parametrize("options", [{"expects_429": True}, {}])
def test_a_burst_that_is_throttled_ends_nothing(bench: Make, options: dict[str, Any]) -> None:
    one = bench([httpx.Response(429, headers={"Retry-After": "1"})], [200])

    assert [one.send(**options).status for _ in range(5)] == [429] * 5


def test_a_402_that_is_served_when_asked_again_is_the_targets(bench: Make) -> None:
    one = bench([402, 202], [200])
    exchange = one.send("POST", operation="generate")

    assert (exchange.status, CHARGED in exchange.tags) == (402, True)


def test_an_account_without_credits_is_no_deviation(bench: Make) -> None:
    one = bench([402], [200])

    assert one.send("POST", operation="generate").tags == ()
    assert one.seen() == [("probe", 402)] * 2


@pytest.mark.parametrize(("kind", "named"), [("storage", False), ("download", False), ("dashboard", True), ("", True)])
def test_only_what_goes_to_the_target_bears_an_id(bench: Make, kind: str, named: bool) -> None:
    sent = bench([200], [200]).sender.send("PUT", URL, kind=kind)

    assert (sent.request.header("x-request-id") is not None) == named
