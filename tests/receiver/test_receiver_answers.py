"""What an endpoint answers, seen by a real sender."""

import pytest

from conformance.receiver import Continue, Delay, Endless, Receiver, Redirect, Reset, Stall, Status, Trickle
from conformance.receiver.answers import Script
from tests.receiver.raw_sender import Sender, Steps, eventually, payload, post, request


def test_a_script_answers_attempt_by_attempt_and_its_last_answer_repeats(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500), Status(404), Status(204)])

    assert [post(endpoint.url, payload()) for _ in range(4)] == [500, 404, 204, 204]
    assert [attempt.answer for attempt in endpoint.attempts()] == ["500", "404", "204", "204"]


def test_every_generation_goes_through_the_script_by_itself(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500), Status(200)])
    endpoint.expect("b", [Status(503)])

    order = ["a", "b", "a", "c", "b"]
    assert [post(endpoint.url, payload(name)) for name in order] == [500, 503, 200, 500, 503]
    assert [(attempt.generation, attempt.number) for attempt in endpoint.attempts()] == [
        ("a", 1), ("b", 1), ("a", 2), ("c", 1), ("b", 2),
    ]  # fmt: skip


def test_a_status_carries_headers_and_a_body(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(418, b"short and stout", (("X-Kind", "teapot"),))])

    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        answer = sender.answer()

    assert (answer.status, answer.reason, answer.headers["X-Kind"]) == (418, "I'm a Teapot", "teapot")
    assert answer.body == b"short and stout"


def test_a_status_without_a_registered_phrase_is_sent_all_the_same(receiver: Receiver) -> None:
    assert post(receiver.open([Status(599)]).url) == 599


def test_a_redirect_names_the_other_endpoint(receiver: Receiver) -> None:
    trap = receiver.open()
    endpoint = receiver.open([Redirect(trap.url, 307)])

    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        answer = sender.answer()

    assert (answer.status, answer.headers["Location"]) == (307, trap.url)
    assert endpoint.attempts()[0].answer == f"307 to {trap.url}"


def test_an_interim_answer_comes_before_the_answer(receiver: Receiver) -> None:
    endpoint = receiver.open([Continue(Status(503))])

    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        assert [sender.answer().status for _ in range(2)] == [100, 503]
    assert endpoint.attempts()[0].answer == "100, then 503"


@pytest.mark.parametrize(("at", "sent"), [("start", b""), ("headers", b"HTTP/1.1 2"), ("body", b"\r\n\r\n.")])
def test_a_reset_breaks_the_connection_off(receiver: Receiver, at: str, sent: bytes) -> None:
    endpoint = receiver.open([Reset(at)])  # type: ignore[arg-type]
    received = bytearray()

    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        with pytest.raises(ConnectionResetError):
            sender.rest(received)

    assert sent in received
    assert received.endswith(b"\r\n\r\n.") == (at == "body")
    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert (attempt.ended.how, attempt.ended.status) == ("reset", 200 if at == "body" else 0)


def test_a_stall_never_answers_until_the_sender_leaves(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Stall()])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        (held,) = endpoint.wait_for(1)
        assert held.ended is None
        assert (receiver.held(), receiver.next_due()) == (1, None)
        clock.now += 5

    (attempt,) = endpoint.wait_for(1, ended=True)
    assert attempt.ended is not None
    assert (attempt.ended.how, attempt.ended.status, attempt.ended.at.target) == ("hung up", 0, 1005)
    assert receiver.held() == 0


def test_a_trickle_sends_the_header_block_piece_by_piece(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Trickle("headers", gap=1.0, pieces=4, code=201)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        received = step_through(receiver, clock, sender, steps=3)

    assert [len(part) for part in received[1:]] == [len(received[0])] * 2
    assert b"HTTP/1.1 201 Created\r\n".startswith(received[0])
    assert ended(endpoint) == ("answered", 201, 1003.0)


def test_a_trickle_sends_the_body_piece_by_piece(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Trickle("body", gap=2.0, pieces=3)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        received = step_through(receiver, clock, sender, steps=3)

    assert received[0].endswith(b"Content-Length: 3\r\n\r\n")
    assert received[1:] == [b".", b"."]
    assert ended(endpoint) == ("answered", 200, 1006.0)


def test_a_trickle_of_more_pieces_than_bytes_is_whole_at_the_end(receiver: Receiver) -> None:
    endpoint = receiver.open([Trickle("headers", gap=1.0, pieces=500)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        endpoint.drain()
        assert len(sender.answer().body) == 500


def test_an_answer_larger_than_the_networks_buffers_is_sent_whole(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(200, b"x" * 20_000_000)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        assert len(sender.answer().body) == 20_000_000


def test_a_sender_that_leaves_a_trickling_body_has_seen_its_status(receiver: Receiver) -> None:
    endpoint = receiver.open([Trickle("body", gap=2.0)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)

    assert ended(endpoint) == ("hung up", 200, 1000.0)


def test_an_endless_body_goes_on_until_the_sender_leaves(receiver: Receiver, clock: Steps) -> None:
    endpoint = receiver.open([Endless(gap=0.5)])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        received = step_through(receiver, clock, sender, steps=4)

    assert received[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert received[1:] == [b"7\r\n......\n\r\n"] * 3
    assert ended(endpoint)[:2] == ("hung up", 200)


def test_draining_ends_an_endless_body_properly(receiver: Receiver) -> None:
    endpoint = receiver.open([Endless()])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        endpoint.drain()
        assert sender.answer().status == 200
        assert sender.read(17) == b"7\r\n......\n\r\n0\r\n\r\n"

    assert ended(endpoint)[:2] == ("answered", 200)


@pytest.mark.parametrize("answer", [Stall(), Delay(8, Status(500)), Delay(8, Stall())])
def test_draining_answers_what_was_held_back(receiver: Receiver, answer: Stall | Delay) -> None:
    endpoint = receiver.open([answer])
    with Sender(endpoint.url) as sender:
        sender.send(request(endpoint.url, payload()))
        endpoint.wait_for(1)
        endpoint.drain()
        assert receiver.held() == 0
        assert sender.answer().status == 200

    assert post(endpoint.url, payload("another")) == 200


def test_what_comes_after_closing_is_answered_and_counted_as_late(receiver: Receiver) -> None:
    endpoint = receiver.open([Status(500)])
    assert post(endpoint.url, payload("a")) == 500
    endpoint.close()
    assert post(endpoint.url, payload("b")) == 200

    assert [attempt.late for attempt in endpoint.attempts()] == [False, True]
    assert (endpoint.late, receiver.late) == (1, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Status(199), "no final status"),
        (lambda: Status(600), "no final status"),
        (lambda: Status(204, b"body"), "no body"),
        (lambda: Trickle("body", 1.0, code=304), "no body"),
        (lambda: Trickle("body", 0.0), "gap"),
        (lambda: Trickle("body", 1.0, pieces=1), "pieces"),
        (lambda: Reset(code=100), "no final status"),
        (lambda: Endless(0.0), "gap"),
        (lambda: Endless(code=204), "no body"),
    ],
)
def test_answers_that_cannot_be_given_are_refused(make: type, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_answers_say_what_they_are() -> None:
    said = [str(a) for a in (Delay(3.5), Delay(8, Stall()), Trickle("headers", 1.5), Reset(), Reset("body"), Endless())]
    assert said == [
        "after 3.5 s: 200", "after 8 s: stall", "200 with its headers in 10 pieces, 1.5 s apart",
        "reset before the answer", "200, reset in its body", "200 with a body that never ends",
    ]  # fmt: skip


def test_an_empty_script_answers_200() -> None:
    assert Script.of([]).answer(1) == Status(200)


def step_through(receiver: Receiver, clock: Steps, sender: Sender, steps: int) -> list[bytes]:
    """What the sender receives before each step of the receiver's own timers."""
    received = []
    for _ in range(steps):
        eventually(lambda: receiver.next_due() is not None)
        received.append(sender.socket.recv(65536))
        clock.now = receiver.next_due() or 0.0
        receiver.release(clock.now)
    sender.socket.recv(65536)
    return received


def ended(endpoint: object) -> tuple[str, int, float]:
    (attempt,) = endpoint.wait_for(1, ended=True)  # type: ignore[attr-defined]
    return attempt.ended.how, attempt.ended.status, attempt.ended.at.target
