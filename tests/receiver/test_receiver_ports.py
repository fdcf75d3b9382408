"""Refused connections: endpoints with a port of their own."""

import socket
from urllib.parse import urlsplit

import pytest

from conformance.errors import ConfigurationError
from conformance.receiver import Receiver, Status
from tests.receiver.conftest import free_ports
from tests.receiver.raw_sender import Sender, Steps, post, request


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
    endpoint = receiver.open(own_port=True)
    endpoint.close_port()
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


def test_draining_opens_the_port(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500)], own_port=True)
    endpoint.close_port()
    endpoint.drain()
    assert post(endpoint.url) == 200


def test_only_a_port_of_its_own_can_refuse(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with pytest.raises(ValueError, match="no port of its own"):
        endpoint.close_port()
    with pytest.raises(ValueError, match="no port of its own"):
        endpoint.open_port()


def test_behind_a_public_url_ports_may_be_given() -> None:
    ports = free_ports(2)
    with socket.create_server(("127.0.0.1", ports[0])), Receiver(
        now=Steps(), public_url="https://localhost/hooks", ports=ports
    ) as receiver:  # fmt: skip
        endpoint = receiver.open(own_port=True)
        assert endpoint.url == f"http://localhost:{ports[1]}{endpoint.path}"
        assert post(endpoint.url) == 200
        with pytest.raises(ConfigurationError, match="no port of"):
            receiver.open(own_port=True)
