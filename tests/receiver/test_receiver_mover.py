"""A small target on a stepped clock, and its mover as the receiver's contract wants it: time comes out exactly."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from conformance.contract import documented
from conformance.receiver import Answer, Delay, Endpoint, Receiver, Stall, Status, Trickle
from tests.receiver.raw_sender import Sender, Steps, payload, request

Timer = tuple[float, Callable[[], None]]
GAPS, TIMEOUT = documented().retry_seconds, documented().attempt_seconds


class Target:
    """Delivers with a timeout and retries, all of them timers of its clock; every connection has a thread."""

    def __init__(self, clock: Steps) -> None:
        self.clock = clock
        self.busy = 0
        self._lock = threading.Lock()
        self._timers: list[Timer] = []

    @property
    def next(self) -> float | None:
        with self._lock:
            return min((due for due, _ in self._timers), default=None)

    def run_due(self) -> None:
        with self._lock:
            due = [timer for timer in self._timers if timer[0] <= self.clock.now]
            self._timers = [timer for timer in self._timers if timer[0] > self.clock.now]
        for _, action in due:
            action()

    def deliver(self, url: str, generation: str, retry: int = 0) -> None:
        sender = Sender(url)
        finished = threading.Event()

        def over(*, success: bool) -> None:
            """Atomic, as the contract of a stepped clock wants it: no longer busy, but the retry is due."""
            with self._lock:
                if finished.is_set():
                    return
                finished.set()
                sender.close()
                self._timers = [timer for timer in self._timers if timer is not timeout]
                if not success and retry < len(GAPS):
                    due = self.clock.now + GAPS[retry]
                    self._timers.append((due, lambda: self.deliver(url, generation, retry + 1)))
                self.busy -= 1

        def time_out() -> None:
            with suppress(OSError):
                sender.socket.shutdown(socket.SHUT_RDWR)
            over(success=False)

        def receive() -> None:
            with suppress(OSError, AssertionError):
                over(success=200 <= sender.answer().status < 300)

        timeout = (self.clock.now + TIMEOUT, time_out)
        with self._lock:
            self.busy += 1
            self._timers.append(timeout)
        sender.send(request(url, payload(generation)))
        threading.Thread(target=receive, daemon=True).start()


def move_until_nothing_is_left(target: Target, receiver: Receiver) -> None:
    pause = threading.Event()
    for _ in range(20_000):
        if target.busy != receiver.held():
            pause.wait(0.001)
            continue
        due = [time for time in (target.next, receiver.next_due()) if time is not None]
        if not due:
            return
        target.clock.now = max(min(due), target.clock.now)
        target.run_due()
        receiver.release(target.clock.now)
    raise AssertionError("it never came to rest")


def times(endpoint: Endpoint) -> list[tuple[float, float, str]]:
    return [
        (attempt.arrived.target, attempt.ended.at.target, attempt.ended.how)
        for attempt in endpoint.attempts()
        if attempt.ended is not None
    ]


def test_attempts_and_their_endings_are_at_the_exact_times_of_a_stepped_clock(clock: Steps, receiver: Receiver) -> None:
    clock.now = 0.0
    target = Target(clock)
    scripts: dict[str, tuple[Answer, ...]] = {
        "mixed": (Stall(), Delay(3.5, Status(500)), Delay(8), Status(200)),
        "stalled": (Stall(),),
        "failing": (Status(500),),
        "slow": (Delay(3.5),),
        "trickling": (Trickle("headers", gap=2.0, pieces=5), Trickle("headers", gap=1.0, pieces=5)),
    }
    endpoints = {name: receiver.open(script) for name, script in scripts.items()}
    for name, endpoint in endpoints.items():
        target.deliver(endpoint.url, name)

    move_until_nothing_is_left(target, receiver)

    assert {name: times(endpoint) for name, endpoint in endpoints.items()} == {
        "mixed": [
            (0.0, 5.0, "hung up"), (35.0, 38.5, "answered"), (158.5, 163.5, "hung up"), (763.5, 763.5, "answered"),
        ],
        "stalled": [(at, at + 5, "hung up") for at in (0.0, 35.0, 160.0, 765.0)],
        "failing": [(at, at, "answered") for at in (0.0, 30.0, 150.0, 750.0)],
        "slow": [(0.0, 3.5, "answered")],
        "trickling": [(0.0, 5.0, "hung up"), (35.0, 39.0, "answered")],
    }  # fmt: skip
