"""Refused connections: endpoints with a port of their own."""

import socket
from urllib.parse import urlsplit

import pytest

from conformance.receiver import Delay, Receiver, Refuse, Status
from tests.receiver.raw_sender import Sender, Steps, eventually, payload, post, request


def test_a_port_is_closed_and_opened_again(receiver: Receiver) -> None:
    endpoint = receiver.open(own_port=True)
    assert post(endpoint.url) == 200
    for _ in range(2):
        endpoint.close_port()
        endpoint.close_port()
        with pytest.raises(ConnectionRefusedError):
            post(endpoint.url)
        endpoint.open_port()
        endpoint.open_port()
        assert post(endpoint.url) == 200
    assert len(endpoint.attempts()) == 3


def test_a_closed_port_is_not_taken_by_another(receiver: Receiver) -> None:
    endpoint = receiver.open([Refuse()], own_port=True)
    port = urlsplit(endpoint.url).port
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_a_port_of_its_own_is_not_the_receivers(receiver: Receiver) -> None:
    ports = {urlsplit(receiver.open(own_port=own).url).port for own in (False, False, True, True)}
    assert len(ports) == 3


def test_no_connection_is_kept_on_a_port_that_may_close(receiver: Receiver) -> None:
    endpoint = receiver.open(own_port=True)
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url))
        assert sender.answer().headers["Connection"] == "close"
        assert sender.rest() == b""


def test_a_script_closes_the_port_between_attempts(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Status(500), Refuse(60), Status(201)], own_port=True)
    assert post(endpoint.url, payload()) == 500
    with pytest.raises(ConnectionRefusedError):
        post(endpoint.url, payload())
    assert (receiver.held(), receiver.next_due()) == (0, clock.now + 60)

    clock.now += 60
    receiver.release(clock.now)
    assert post(endpoint.url, payload()) == 201
    assert [(attempt.number, attempt.answer) for attempt in endpoint.attempts()] == [(1, "500"), (2, "201")]


def test_the_port_closes_when_the_attempt_before_arrives(receiver: Receiver) -> None:
    endpoint = receiver.open([Delay(3.5, Status(500)), Refuse()], own_port=True)
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        with pytest.raises(ConnectionRefusedError):
            post(endpoint.url, payload())
        receiver.release(1003.5)
        assert sender.answer().status == 500

    endpoint.open_port()
    assert post(endpoint.url, payload()) == 500


def test_a_script_may_begin_with_a_closed_port(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Refuse(15), Status(201)], own_port=True)
    with pytest.raises(ConnectionRefusedError):
        post(endpoint.url)
    assert receiver.next_due() == clock.now + 15
    receiver.release(clock.now + 15)
    assert post(endpoint.url) == 201


def test_a_port_whose_time_to_open_has_come_already_is_open(receiver: Receiver, clock: Steps) -> None:
    receiver.release(clock.now + 60)
    endpoint = receiver.open([Refuse(15), Status(201)], own_port=True)
    assert post(endpoint.url) == 201


def test_on_a_running_clock_the_port_opens_by_itself(clock: Steps) -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with Receiver(now=clock, sleep=sleep) as receiver:
        endpoint = receiver.open([Refuse(15), Status(201)], own_port=True)
        eventually(lambda: receiver.next_due() is None)
        endpoint.open_port()
        assert post(endpoint.url) == 201
    assert slept == [15]


def test_draining_opens_the_port(receiver: Receiver) -> None:
    endpoint = receiver.open([Refuse(), Status(500)], own_port=True)
    endpoint.drain()
    assert post(endpoint.url) == 200


def test_draining_leaves_no_timer_behind(receiver: Receiver) -> None:
    endpoint = receiver.open([Refuse(15), Status(500)], own_port=True)
    endpoint.drain()
    assert receiver.next_due() is None
    assert post(endpoint.url) == 200


def test_only_a_port_of_its_own_can_refuse(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with pytest.raises(ValueError, match="port of its own"):
        receiver.open([Refuse()])
    with pytest.raises(ValueError, match="port of its own"):
        endpoint.expect("g1", [Status(500), Refuse()])
    with pytest.raises(ValueError, match="no port of its own"):
        endpoint.close_port()
    with pytest.raises(ValueError, match="no port of its own"):
        endpoint.open_port()


def test_one_generation_cannot_begin_by_closing_a_port_that_serves_all(receiver: Receiver) -> None:
    endpoint = receiver.open(own_port=True)
    with pytest.raises(ValueError, match="close_port"):
        endpoint.expect("g1", [Refuse(), Status(200)])
