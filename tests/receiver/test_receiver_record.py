"""What the receiver writes down of an attempt."""

import hashlib
import json
import re
from itertools import count
from urllib.parse import urlsplit

import pytest

from conformance.errors import ConfigurationError
from conformance.evidence.attempt import Moment
from conformance.receiver import Receiver, Redirect
from conformance.receiver.log import generation_of
from tests.receiver.raw_sender import Sender, Steps, payload, post, request

ODD = '{"event": "x",\n "data": {"generationId": "g1", "text": "漢字 \\u2028 😀 \\/"}}\r\n'.encode()


def test_header_names_and_values_are_kept_as_sent_and_in_order(receiver: Receiver) -> None:
    endpoint = receiver.open()
    post(endpoint.url, payload(), "X-Gptimg-EVENT: one", "x-other: caf\xe9", "X-Gptimg-Event: two")

    (attempt,) = endpoint.attempts()
    assert [name for name, _ in attempt.headers] == [
        "Host", "X-Gptimg-EVENT", "x-other", "X-Gptimg-Event", "Content-Length",
    ]  # fmt: skip
    assert attempt.header("x-other") == "caf\xe9"
    assert attempt.header("x-gptimg-event") == "one, two"
    assert attempt.header("absent") is None


def test_the_body_is_kept_byte_for_byte(receiver: Receiver) -> None:
    endpoint = receiver.open()
    post(endpoint.url, ODD)
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (ODD[:7], ODD[7:])) + b"0\r\n\r\n"
    post(endpoint.url, chunked, "Transfer-Encoding: chunked")

    assert [attempt.body for attempt in endpoint.attempts()] == [ODD, ODD]
    assert [attempt.generation for attempt in endpoint.attempts()] == ["g1", "g1"]


def test_method_path_and_both_clocks_are_written_down() -> None:
    ticks = iter(float(n) for n in range(100))
    with Receiver(now=Steps(5000.0), monotonic=lambda: next(ticks), sleep=None, wall=lambda: 86400.25) as receiver:
        endpoint = receiver.open()
        post(endpoint.url + "?q=1")

    (attempt,) = endpoint.attempts()
    day = "1970-01-02T00:00:00.250Z"
    assert (attempt.method, attempt.path, attempt.endpoint) == ("POST", f"{endpoint.path}?q=1", endpoint.id)
    assert attempt.ended is not None
    assert (attempt.arrived, attempt.ended.at) == (Moment(0.0, 5000.0, day), Moment(1.0, 5000.0, day))
    assert (attempt.ended.how, attempt.ended.status, attempt.tls) == ("answered", 200, "")


def test_attempts_are_numbered_and_belong_to_who_opened_the_endpoint() -> None:
    names = iter(("story", "retried"))
    with Receiver(now=Steps(5000.0), sleep=None, serials=count(7), scenario=lambda: next(names)) as receiver:
        endpoints = receiver.open(), receiver.open()
        for endpoint in (endpoints[1], *endpoints):
            post(endpoint.url)

    found = sorted((a.serial, a.scenario, a.number) for endpoint in receiver.endpoints for a in endpoint.attempts())
    assert found == [(7, "retried", 1), (8, "story", 1), (9, "retried", 1)]


def test_reused_connections_are_told_from_new_ones(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with Sender(endpoint.url) as sender:
        assert [sender.post(payload("a")), sender.post(payload("b"))] == [200, 200]
    post(endpoint.url, payload("c"))

    first, second, third = (attempt.connection for attempt in endpoint.attempts())
    assert first == second != third


def test_pipelined_attempts_are_answered_in_order(receiver: Receiver) -> None:
    endpoint = receiver.open()
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload("a")) + request(endpoint.url, payload("b")))
        assert [sender.answer().status, sender.answer().status] == [200, 200]

    assert [attempt.generation for attempt in endpoint.attempts()] == ["a", "b"]


def test_what_is_pipelined_while_an_attempt_is_held_is_not_lost(receiver: Receiver) -> None:
    endpoint = receiver.open(hold_unknown=True)
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload("a")))
        endpoint.wait_for(1)
        sender.send(request(endpoint.url, payload("b")))
        endpoint.admit_unknown()
        assert [sender.answer().status, sender.answer().status] == [200, 200]


@pytest.mark.parametrize(
    "body", [b"{not json", b"[1]", b"{}", b'{"data": 1}', b'{"data": {"generationId": 7}}', b"[" * 100_000, b"\xff"]
)
def test_a_body_that_names_no_generation_is_known_by_its_delivery_or_its_arrival(
    receiver: Receiver, body: bytes
) -> None:
    endpoint = receiver.open()
    for _ in range(2):
        post(endpoint.url, body, "x-gptimg-delivery: d1")
    post(endpoint.url, body)

    assert [(attempt.generation, attempt.number) for attempt in endpoint.attempts()] == [
        ("delivery d1", 1), ("delivery d1", 2), ("arrival 3", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf" + payload("g"), payload("g", text="\udc80"), payload("g") + b"\n"])
def test_a_body_is_read_leniently_for_its_generation(body: bytes) -> None:
    assert generation_of(body) == "g"


def test_paths_are_unguessable_and_the_randomness_is_passed_in() -> None:
    tokens = iter(["canary", "one", "two"])
    with Receiver(now=Steps(), token=lambda: next(tokens)) as receiver:
        assert [receiver.open().path, receiver.open().path] == ["/one", "/two"]
    with Receiver(now=Steps()) as receiver:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}", receiver.open().url)


def test_behind_a_public_url_the_path_before_the_token_does_not_matter() -> None:
    with Receiver(now=Steps(), public_url="https://relay.example/hooks/") as receiver:
        endpoint = receiver.open()
        assert receiver.url(endpoint) == f"https://relay.example/hooks{endpoint.path}"
        assert receiver.canary_url.startswith("https://relay.example/hooks/")
        with pytest.raises(ConfigurationError, match="its own port"):
            receiver.open(own_port=True)

    with Receiver(now=Steps()) as receiver:
        endpoint = receiver.open()
        local = endpoint.url.removesuffix(endpoint.path)
        assert post(f"{local}/hooks{endpoint.path}") == 200


def test_the_canary_echoes_what_arrived(receiver: Receiver) -> None:
    with Sender(receiver.canary_url) as sender:
        sender.send(request(receiver.canary_url, ODD, "X-Mixed: a", "x-mixed: b"))
        answer = sender.answer()
        echo = json.loads(answer.body)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert (echo["sha256"], echo["length"]) == (hashlib.sha256(ODD).hexdigest(), len(ODD))
    assert [pair for pair in echo["headers"] if pair[0].lower() == "x-mixed"] == [["X-Mixed", "a"], ["x-mixed", "b"]]
    assert (echo["method"], echo["tls"]) == ("POST", "")
    assert receiver.refusals == {}


def test_a_followed_redirect_is_seen_where_it_leads_whatever_its_method(receiver: Receiver, clock: Steps) -> None:
    trap = receiver.open()
    endpoint = receiver.open([Redirect(trap.url, 303)])
    assert post(endpoint.url) == 303
    with Sender(trap.url) as sender:
        sender.send(request(trap.url, b"", method="GET"))
        answer = sender.answer()

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    (refusal,) = trap.refused()
    path = urlsplit(trap.url).path
    assert (refusal.endpoint, refusal.reason, refusal.method, refusal.path) == (trap.id, "method", "GET", path)
    assert refusal.at.target == clock.now
    assert (trap.attempts(), receiver.refusals) == ((), {"method": 1})


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999999"])
def test_an_address_that_is_none_is_a_configuration_error(listen: str) -> None:
    with pytest.raises(ConfigurationError), Receiver(now=Steps(), listen=listen):
        pass


def test_an_address_in_use_is_a_configuration_error(receiver: Receiver) -> None:
    address = receiver.canary_url.split("/")[2]
    with pytest.raises(ConfigurationError, match="is in use by another program"), Receiver(now=Steps(), listen=address):
        pass


@pytest.mark.parametrize(("listen", "host"), [("0.0.0.0:0", "127.0.0.1"), ("[::1]:0", "[::1]"), ("[::]:0", "[::1]")])
def test_the_url_is_one_that_can_be_connected_to(listen: str, host: str) -> None:
    with Receiver(now=Steps(), listen=listen) as receiver:
        endpoint = receiver.open()
        assert endpoint.url.startswith(f"http://{host}:")
        assert post(endpoint.url) == 200


def test_an_endpoint_needs_a_running_receiver() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        Receiver(now=Steps()).open()
