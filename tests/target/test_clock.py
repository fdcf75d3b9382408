"""The mover of a stepped clock: never past anybody's timer, and never waiting for what is held back on purpose."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.errors import Inconclusive, Unreachable
from conformance.target import MovedClock, PassingClock
from conformance.target.clock import read_tick

BEGIN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


class Real:
    """Real time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Target:
    """Timers at these times; `busy` tells how many pieces of work are in progress, anew for each question."""

    def __init__(self, *timers: float, busy: Callable[[], int] = lambda: 0) -> None:
        self.now, self.timers, self.busy = 0.0, sorted(timers), busy
        self.moves: list[float] = []

    def __call__(self, method: str, body: Any) -> dict[str, Any]:
        if method == "POST":
            self.now = round(self.now + body["advance"], 6)
            self.moves.append(self.now)
            self.timers = [timer for timer in self.timers if timer > self.now]
        return {"now": _iso(self.now), "next": _iso(self.timers[0]) if self.timers else None, "busy": self.busy()}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(BEGIN + seconds, UTC).isoformat()


class Receiver:
    """Holds so many requests until a time; remembers what it was told."""

    def __init__(self, due: float | None, held: int) -> None:
        self.due, self.count = due, held
        self.told: list[float] = []

    def held(self) -> int:
        return self.count

    def next_due(self) -> float | None:
        return None if self.due is None else BEGIN + self.due

    def release(self, now: float) -> None:
        self.told.append(round(now - BEGIN, 6))
        if self.due is not None and now >= BEGIN + self.due - 0.001:
            self.due, self.count = None, 0


def test_time_stops_at_every_timer_and_at_the_end() -> None:
    target = Target(3, 5, 20)

    MovedClock(target, Real()).sleep(10)

    assert target.moves == [3, 5, 10]


class Rounding(Target):
    """Tells whole milliseconds, and has timers between them."""

    def __call__(self, method: str, body: Any) -> dict[str, Any]:
        told = super().__call__(method, body)
        return told | {name: told[name] and _iso(int((_seconds(told[name])) * 1000) / 1000) for name in ("now", "next")}


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp() - BEGIN


def test_a_timer_between_the_milliseconds_that_are_told_is_stopped_at() -> None:
    target = Rounding(0.6504, 2.3008)

    MovedClock(target, Real()).sleep(2612)

    assert target.moves == pytest.approx([0.65, 0.651, 2.3, 2.301, 2612], abs=2e-3)


def test_a_timer_that_is_told_and_never_runs_does_not_stop_the_time() -> None:
    target = Target()
    target.timers = [0.0]
    stuck = lambda method, body: target(method, body) | {"next": _iso(0.0)}  # noqa: E731 - one line says it

    MovedClock(stuck, Real()).sleep(10)

    assert target.moves[-1] == 10
    assert len(target.moves) <= 3


def test_time_stops_where_the_company_goes_on() -> None:
    receiver = Receiver(due=3.5, held=1)
    target = Target(5, busy=receiver.held)
    clock = MovedClock(target, Real(), company=receiver)

    clock.sleep(6)

    assert target.moves == [3.5, 5, 6]
    assert receiver.told == [3.5, 5, 6]


def test_what_is_held_back_on_purpose_is_not_waited_for() -> None:
    target = Target(busy=lambda: 2)
    real = Real()

    MovedClock(target, real, company=Receiver(due=None, held=2)).sleep(1)

    assert real.seconds == 0


def test_work_that_nobody_holds_is_waited_for() -> None:
    busy = iter([1, 1, 1, 0, 0, 0])
    real = Real()

    MovedClock(Target(busy=lambda: next(busy)), real).sleep(1)

    assert real.seconds > 0


def test_work_that_never_ends_is_given_up() -> None:
    clock = MovedClock(Target(busy=lambda: 1), Real())

    with pytest.raises(Inconclusive, match="reports `busy` 1 for"):
        clock.sleep(1)


def test_a_connection_that_the_target_gave_up_is_waited_for_a_moment_only() -> None:
    real = Real()
    clock = MovedClock(Target(), real, company=Receiver(due=None, held=1))

    clock.sleep(1)

    assert 0.2 < real.seconds < 1


def test_what_is_due_already_is_released_without_a_step() -> None:
    receiver = Receiver(due=0, held=1)
    target = Target()

    MovedClock(target, Real(), company=receiver).sleep(0)

    assert receiver.told == [0]
    assert target.moves == []


def test_the_time_to_come_is_told_before_the_target_moves() -> None:
    seen: list[float | None] = []
    target = Target(3)

    def call(method: str, body: Any) -> Any:
        if method == "POST":
            seen.append(clock.now())
        return target(method, body)

    clock = MovedClock(call, Real())
    clock.sleep(3)

    assert seen == [BEGIN + 3]


def test_waiting_ends_when_the_condition_holds() -> None:
    target = Target(3, 5)
    clock = MovedClock(target, Real())

    assert clock.wait(lambda: target.now >= 3, 100)
    assert target.moves == [3]
    assert not clock.wait(lambda: False, 4)
    assert target.moves == [3, 5, 7]


def test_a_running_clock_waits_in_real_time() -> None:
    real = Real()
    clock = PassingClock(20, real)

    clock.sleep(10)
    assert real.seconds == 0.5
    assert clock.wait(lambda: real.seconds > 0.6, 100)
    assert not clock.wait(lambda: False, 10)
    assert clock.reading() == pytest.approx(real.seconds * 20)


@pytest.mark.parametrize("answer", [None, {}, {"now": "x", "next": None, "busy": 0}, {"now": "2026-01-01", "busy": 0}])
def test_what_is_no_answer_of_a_test_clock_is_inconclusive(answer: Any) -> None:
    with pytest.raises(Inconclusive, match="answer of the test clock is wrong"):
        read_tick(answer)


def test_an_answer_that_is_late_does_not_put_the_clock_back() -> None:
    target, moved = Target(), threading.Event()
    late = iter([True])

    def call(method: str, body: Any) -> dict[str, Any]:
        answer = target(method, body)
        if next(late, False):
            moving.start()
            moved.wait(0.2)  # as long as it takes, where nothing keeps the other one from moving
        return answer

    def move() -> None:
        clock.sleep(10)
        moved.set()

    clock, moving = MovedClock(call, Real()), threading.Thread(target=move)
    clock.reading()
    moving.join()

    assert clock.reading() == BEGIN + 10


class Lossy:
    """A target of which these answers, by their place, are lost: before it acted, or after."""

    def __init__(self, target: Callable[[str, Any], dict[str, Any]], **lost: str) -> None:
        self.target, self.lost, self.count = target, lost, 0

    def __call__(self, method: str, body: Any) -> dict[str, Any]:
        self.count += 1
        when = self.lost.get(f"_{self.count}", "")
        answer = self.target(method, body) if when != "before" else {}
        if when:
            raise Unreachable("the connection broke")
        return answer


@pytest.mark.parametrize("lost", [{"_1": "before"}, {"_2": "before"}, {"_2": "after"}, {"_3": "after", "_6": "before"}])
def test_an_answer_that_was_lost_moves_the_clock_no_further(lost: dict[str, str]) -> None:
    target = Target(3)
    MovedClock(Lossy(target, **lost), sleeper=Real()).sleep(5)

    assert target.moves == [3, 5]


def test_what_a_repeated_step_causes_is_told_the_time_that_it_moves_to() -> None:
    target, told = Target(), list[float]()

    def answer(method: str, body: Any) -> dict[str, Any]:
        if method == "POST":
            told.append(clock.reading() - BEGIN)
        return target(method, body)

    clock = MovedClock(Lossy(answer, _2="before"), sleeper=Real())
    clock.sleep(5)

    assert told == [5]


@pytest.mark.parametrize("lost", [{"_1": "before", "_2": "before"}, {"_2": "before", "_4": "before"}])
def test_answers_that_are_lost_twice_are_given_up(lost: dict[str, str]) -> None:
    with pytest.raises(Unreachable):
        MovedClock(Lossy(Target(3), **lost), sleeper=Real()).sleep(5)
