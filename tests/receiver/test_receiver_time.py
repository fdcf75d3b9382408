"""Holding back: by the target's clock, until a generation is known, and until the sender gives up."""

import anyio
import pytest

from conformance.evidence.attempt import Moment
from conformance.receiver import Delay, Endpoint, Receiver, Stall, Status, scaled
from conformance.receiver.clocks import Clocks
from conformance.receiver.holds import Hold, Holds
from tests.receiver.raw_sender import Sender, Steps, eventually, payload, post, request


def test_a_delay_lasts_until_the_clock_has_moved_so_far(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Delay(3.5, Status(202))])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        (held,) = endpoint.wait_for(1)
        assert (held.ended, held.answer) == (None, "after 3.5 s: 202")
        assert (receiver.held(), receiver.next_due()) == (1, 1003.5)

        receiver.release(1003.4)
        assert receiver.held() == 1
        clock.now = 1003.5
        receiver.release(clock.now)
        assert (receiver.held(), receiver.next_due()) == (0, None)
        assert sender.answer().status == 202

    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert (attempt.arrived.target, attempt.ended.at.target) == (1000.0, 1003.5)


def test_a_clock_told_in_milliseconds_may_round_a_due_time_down(receiver: Receiver) -> None:
    endpoint = receiver.open([Delay(3.5)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        receiver.release(1003.4991)
        assert receiver.held() == 0
        assert sender.answer().status == 200


def test_delays_within_delays_count_from_the_arrival(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Delay(1, Delay(2, Status(201)))])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        clock.now = 1001
        receiver.release(1001)
        eventually(lambda: receiver.next_due() == 1003)
        receiver.release(1003)
        assert sender.answer().status == 201


def test_what_is_due_already_is_not_held(receiver: Receiver) -> None:
    receiver.release(2000.0)
    assert post(receiver.open([Delay(3.5)]).url) == 200


def test_the_earliest_of_several_is_due_next(receiver: Receiver) -> None:
    first, second = receiver.open([Delay(8)]), receiver.open([Delay(3)])
    with Sender(first.url) as one, Sender(second.url) as two:
        one.send(request(first.url))
        two.send(request(second.url))
        first.wait_for(1)
        second.wait_for(1)
        assert (receiver.held(), receiver.next_due()) == (2, 1003)
        receiver.release(1003)
        assert (receiver.held(), receiver.next_due()) == (1, 1008)


def test_a_sender_that_has_left_no_longer_counts_and_its_timer_neither(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Delay(8)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        clock.now = 1005
    eventually(lambda: receiver.held() == 0)
    clock.now = 1030

    assert receiver.next_due() is None
    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert (attempt.ended.how, attempt.ended.at.target) == ("hung up", 1005)


def test_a_departure_is_seen_without_the_event_loop() -> None:
    """Asking the kernel is enough: nobody reads from the connection in this test."""

    class Gone:
        def hung_up(self) -> bool:
            return True

    clock = Steps()
    moments = list[Moment]()

    async def scenario() -> None:
        holds = Holds(Clocks(clock, lambda: 7.0, None))
        hold = Hold(lambda: False, due=1008.0, connection=Gone(), lost=moments.append)  # type: ignore[arg-type]
        assert holds.add(hold)
        assert (holds.held(), holds.next_due()) == (0, None)
        await holds.wait(hold)

    anyio.run(scenario)
    assert [(moment.monotonic, moment.target) for moment in moments] == [(7.0, 1000.0)]


def test_on_a_running_clock_the_receiver_sleeps_by_itself(clock: Steps) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    with Receiver(now=clock, sleep=sleep) as receiver:
        assert post(receiver.open([Delay(3.5, Delay(4.5, Status(201)))]).url) == 201

    assert slept == [3.5, 4.5]


def test_a_sender_that_leaves_ends_the_sleep(clock: Steps) -> None:
    with Receiver(now=clock, sleep=anyio.sleep) as receiver:
        endpoint = receiver.open([Delay(3600)])
        with Sender(endpoint.url) as sender:
            sender.send(request(endpoint.url))
            endpoint.wait_for(1)
            assert receiver.next_due() == 4600
        endpoint.wait_for(1, ended=True)


def test_a_scaled_sleep_takes_a_fraction_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(anyio, "sleep", sleep)
    anyio.run(scaled(20), 30.0)
    assert slept == [1.5]


def held_delivery(endpoint: Endpoint, sender: Sender, generation: str) -> None:
    sender.send(request(endpoint.url, payload(generation)))
    (attempt,) = endpoint.wait_for(1, generation)
    assert (attempt.ended, attempt.answer) == (None, "")


def test_an_unknown_generation_is_held_until_it_is_expected(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500)], hold_unknown=True)
    with Sender(endpoint.url) as sender:
        held_delivery(endpoint, sender, "g1")
        endpoint.expect("g2")
        assert receiver.held() == 1
        endpoint.expect("g1", [Status(201)])
        assert receiver.held() == 0
        assert sender.answer().status == 201


def test_an_expected_generation_without_a_script_follows_the_endpoints(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500)], hold_unknown=True)
    endpoint.expect("g1")
    assert post(endpoint.url, payload("g1")) == 500


def test_unknown_generations_are_admitted_together_and_held_again(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(202)], hold_unknown=True)
    with Sender(endpoint.url) as one, Sender(endpoint.url) as two:
        held_delivery(endpoint, one, "g1")
        held_delivery(endpoint, two, "g2")
        assert receiver.held() == 2
        endpoint.admit_unknown()
        assert (one.answer().status, two.answer().status) == (202, 202)

        endpoint.hold_unknown()
        held_delivery(endpoint, one, "g3")
        endpoint.admit_unknown()
        assert one.answer().status == 202


def test_the_time_in_which_the_generation_was_unknown_counts_into_a_delay(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open(hold_unknown=True)
    with Sender(endpoint.url) as sender:
        held_delivery(endpoint, sender, "g1")
        clock.now = 1002
        endpoint.expect("g1", [Delay(3.5)])
        eventually(lambda: receiver.next_due() == 1003.5)


def test_draining_admits_unknown_generations(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500)], hold_unknown=True)
    with Sender(endpoint.url) as sender:
        held_delivery(endpoint, sender, "g1")
        receiver.drain()
        assert sender.answer().status == 200


def test_leaving_while_the_generation_is_unknown_ends_the_attempt(receiver: Receiver) -> None:
    endpoint = receiver.open(hold_unknown=True)
    with Sender(endpoint.url) as sender:
        held_delivery(endpoint, sender, "g1")
    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert attempt.ended.how == "hung up"


def test_waiting_says_how_many_came(receiver: Receiver) -> None:
    endpoint = receiver.open()
    post(endpoint.url, payload("g1"))
    with pytest.raises(TimeoutError, match=r"1 of 2 attempts came within 0 s"):
        endpoint.wait_for(2, timeout=0)
    with pytest.raises(TimeoutError, match=r"0 of 1"):
        endpoint.wait_for(1, "g2", timeout=0)


def test_an_attempt_still_held_has_not_ended(receiver: Receiver) -> None:
    endpoint = receiver.open([Stall()])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url))
        endpoint.wait_for(1)
        with pytest.raises(TimeoutError, match="0 of 1"):
            endpoint.wait_for(1, ended=True, timeout=0)
