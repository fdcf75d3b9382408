"""The receiver's thread and the tests' work on the same tables at the same time: nothing is lost or counted twice."""

import threading

from conformance.evidence.attempt import Attempt, Moment
from conformance.receiver import Receiver
from conformance.receiver.log import Log
from conformance.receiver.tally import Tally
from tests.receiver.raw_sender import Sender, Steps, eventually, payload, request
from tests.stress import hammer

TURNS, EACH = 200, 4
NOWHERE = Moment(0.0, 0.0)


def test_attempts_are_numbered_and_kept_once_while_others_look() -> None:
    log, kept = Log(), list[tuple[str, int]]()

    def arrive(number: int) -> None:
        body = payload(f"g{number % 7}")
        generation, count = log.number(body, None)
        kept.append((generation, count))
        log.record(Attempt("e", generation, count, Moment(float(number), 0.0), "POST", "/", (), body))

    def look(number: int) -> None:
        found = log.attempts(f"g{number % 7}" if number % 2 else None)
        assert list(found) == sorted(found, key=lambda attempt: attempt.arrived.monotonic)
        assert len({(attempt.generation, attempt.number) for attempt in found}) == len(found)

    hammer(arrive, look, turns=TURNS, each=EACH)

    attempts = log.attempts()
    assert len(attempts) == len(kept) == len(set(kept))
    assert {(attempt.generation, attempt.number) for attempt in attempts} == set(kept)
    for generation in {generation for generation, _ in kept}:
        numbers = sorted(count for name, count in kept if name == generation)
        assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_that_was_turned_away_is_left_out() -> None:
    tally = Tally()

    hammer(lambda number: tally.add(f"reason {number % 3}"), lambda _: tally.counts(), turns=TURNS, each=3, seconds=10)

    assert sum(tally.counts().values()) == 3 * TURNS


def test_deliveries_endpoints_and_the_mover_at_the_same_time(receiver: Receiver, clock: Steps) -> None:
    shared, answered = receiver.open(hold_unknown=True), list[str]()
    lock = threading.Lock()

    def deliver(number: int) -> None:
        generation = f"g{number}"
        with Sender(shared.url) as sender:
            sender.send(request(shared.url, payload(generation)))
            shared.expect(generation)
            assert sender.answer().status == 200
        answered.append(generation)

    def open_one(number: int) -> None:
        endpoint = receiver.open()
        with Sender(endpoint.url) as sender:
            assert sender.post(payload(f"own{number}")) == 200
        assert len(endpoint.attempts()) == 1
        endpoint.close()

    def move(_: int) -> None:
        with lock:
            clock.now += 1
            receiver.release(clock.now)
        assert 0 <= receiver.held() <= EACH
        assert receiver.next_due() is None
        assert receiver.late == 0
        assert len(shared.refused()) == 0

    hammer(deliver, open_one, move, turns=TURNS, each=EACH, seconds=2)
    eventually(lambda: receiver.held() == 0)

    assert sorted(attempt.generation for attempt in shared.attempts()) == sorted(answered)
    assert all(attempt.ended and attempt.ended.how == "answered" for attempt in shared.attempts())
    assert receiver.refusals == {}
