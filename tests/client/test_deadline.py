"""--max-seconds: when the run's time is over, nothing is sent or awaited, and what it left is tidied up."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from conformance.client import Journal, Recorder
from conformance.client.clock_control import Control
from conformance.client.current import Scenario
from conformance.client.deadline import Deadline
from conformance.client.held import HeldCall
from conformance.client.journal import read
from conformance.client.record import KEPT, Record, keeping
from conformance.client.sender import Sender
from conformance.errors import Inconclusive, TimeIsOver
from conformance.evidence import Vault
from conformance.limits import TIDYING_SECONDS

URL = "http://target.example/probe"
GIVEN = 60.0


class Hands:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.deadline = Deadline(GIVEN, self.now + GIVEN, lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def sent(tmp_path: Path, hands: Hands) -> Iterator[tuple[Recorder, Path]]:
    """A recorder whose target never answers: it is waited for until its time is up."""
    path = tmp_path / "main.exchanges.jsonl"

    def answer(request: httpx.Request) -> httpx.Response:
        hands.sleep(15)
        raise httpx.ReadTimeout("silence", request=request)

    with closing(Journal(path)) as journal:
        recorder = Recorder(
            journal, Vault("salt"), transport=httpx.MockTransport(answer), monotonic=lambda: hands.now,
            deadline=hands.deadline,
        )  # fmt: skip
        with closing(recorder):
            yield recorder, path


def test_who_sleeps_is_woken_when_the_time_is_over(hands: Hands) -> None:
    hands.deadline.sleep(GIVEN - 1, hands.sleep)

    with pytest.raises(TimeIsOver, match="--max-seconds 60 was over"):
        hands.deadline.sleep(10 * GIVEN, hands.sleep)

    assert hands.now == hands.deadline.at
    with pytest.raises(TimeIsOver):
        hands.deadline.sleep(1, hands.sleep)
    assert hands.now == hands.deadline.at


def test_without_a_limit_it_never_comes(hands: Hands) -> None:
    deadline = Deadline(monotonic=lambda: hands.now)
    deadline.sleep(10**9, hands.sleep)
    deadline.check()

    assert deadline.left() == math.inf
    assert not deadline.over


def test_what_is_under_way_is_cut_off_recorded_and_not_judged(sent: tuple[Recorder, Path], hands: Hands) -> None:
    recorder, path = sent
    hands.now = hands.deadline.at - 5

    with pytest.raises(TimeIsOver):
        recorder.send("GET", URL)

    (cut,) = read([path])
    assert (cut.response, cut.limit) == (None, True)


def test_nothing_is_sent_once_it_has_passed(sent: tuple[Recorder, Path], hands: Hands) -> None:
    recorder, path = sent
    hands.now = hands.deadline.at

    with pytest.raises(TimeIsOver):
        recorder.send("GET", URL)
    with pytest.raises(TimeIsOver):
        HeldCall(recorder, URL, {}, b"{}", account="", operation="", probe="").open()
    with pytest.raises(TimeIsOver):
        Control(URL, deadline=hands.deadline)("GET", None)

    assert read([path]) == []


def test_who_tidies_up_has_a_little_longer(sent: tuple[Recorder, Path], hands: Hands) -> None:
    recorder, path = sent
    hands.now = hands.deadline.at + 1
    sender = Sender(recorder)

    for _ in range(3):  # the first one is sent, and takes all that there is
        with pytest.raises(TimeIsOver):
            sender.send("DELETE", URL, tidying=True)

    assert [one.request.method for one in read([path])] == ["DELETE"]


def test_who_tidies_up_late_has_as_long(hands: Hands) -> None:
    hands.now = hands.deadline.at + 1000

    assert hands.deadline.left(tidying=True) == TIDYING_SECONDS
    hands.deadline.tidied(TIDYING_SECONDS / 2)
    assert hands.deadline.left(tidying=True) == TIDYING_SECONDS / 2


def test_what_had_no_time_is_no_value_of_its_scenario() -> None:
    written: list[object] = []

    class Kept(Record):
        def keep(self, scenario: Scenario, value: object, *, raised: bool = False) -> None:
            written.append(value)

    before = KEPT.set(Kept("main", None))  # type: ignore[arg-type]
    try:
        with pytest.raises(TimeIsOver), keeping(Scenario("late")):
            Deadline(GIVEN, 0).check()
        with pytest.raises(Inconclusive), keeping(Scenario("other")):
            raise Inconclusive("another reason")
    finally:
        KEPT.reset(before)

    assert len(written) == 1
