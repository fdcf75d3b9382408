"""Peers whose answers, connections or lives break off."""

import gzip

from tests.hostile.catalogue import BROKEN, CONFORMANT, REAL, UNDECIDED, behaviour
from tests.hostile.replies import JSON, changed, head, reply
from tests.hostile.wire import Call, Wire


@behaviour(UNDECIDED)
def body_reset(call: Call, wire: Wire) -> None:
    """Everything is answered with half a body, then the connection is reset."""
    wire.send(head(200, JSON, b"Content-Length: 1000") + b'{"generationId": "' + b"x" * 480)
    wire.wait(0.05)  # an RST would overtake what was sent
    wire.reset()


@behaviour(UNDECIDED, fronts=True)
def body_reset_of_a_good_server(call: Call, wire: Wire) -> None:
    """Every answer of a good server is reset in the middle of its body."""
    cut(call, wire)


@behaviour(UNDECIDED)
def broken_gzip(call: Call, wire: Wire) -> None:
    """Everything is answered with a gzip stream that turns into noise in its middle."""
    content = gzip.compress(b'{"generationId": "%b"}' % bytes(range(32, 127)).replace(b'"', b"").replace(b"\\", b""))
    wire.send(reply(200, content[:20] + b"\xff" * (len(content) - 20), JSON, b"Content-Encoding: gzip"))


@behaviour(UNDECIDED)
def cut_gzip(call: Call, wire: Wire) -> None:
    """Everything is answered with half a gzip stream, announced as the whole."""
    content = gzip.compress(b'{"generationId": "00000000-0000-4000-8000-000000000000", "status": "queued"}')
    wire.send(reply(200, content[: len(content) // 2], JSON, b"Content-Encoding: gzip"))


@behaviour(CONFORMANT, UNDECIDED, fronts=True)
def fifth_reset(call: Call, wire: Wire) -> None:
    """Every fifth answer of a good server is reset in the middle of its body."""
    if call.number % 5:
        return wire.pass_on(call)
    return cut(call, wire)


def cut(call: Call, wire: Wire) -> None:
    answer = wire.ask(call)
    wire.send(answer.raw[: len(answer.head) + len(answer.body) // 2] if answer.body else answer.head[:-10])
    wire.wait(0.05)
    wire.reset()


@behaviour(BROKEN, UNDECIDED, fronts=True)
def length_too_short(call: Call, wire: Wire) -> None:
    """Content-Length is 10 less than the body of every answer."""
    answer = wire.ask(call)
    right, wrong = (b"content-length: %d\r\n" % size for size in (len(answer.body), max(0, len(answer.body) - 10)))
    wire.send(answer.head.replace(right, wrong) + answer.body)


@behaviour(UNDECIDED, fronts=True)
def length_too_long(call: Call, wire: Wire) -> None:
    """Content-Length is 10 more than the body of every answer, and the connection closes after it."""
    answer = wire.ask(call)
    right, wrong = (b"content-length: %d\r\n" % size for size in (len(answer.body), len(answer.body) + 10))
    wire.send(answer.head.replace(right, wrong) + answer.body)
    wire.close()


@behaviour(UNDECIDED, fronts=True)
def two_lengths(call: Call, wire: Wire) -> None:
    """Every answer has two Content-Lengths that contradict each other."""
    wire.send(changed(wire.ask(call), None, b"Content-Length: 7"))


@behaviour(CONFORMANT, UNDECIDED, fronts=True, may_leave=True)
def dies_at_request_40(call: Call, wire: Wire) -> None:
    """The server is gone from the fortieth request on."""
    if call.number == 40:
        wire.stage.die(None)
    wire.pass_on(call)


@behaviour(CONFORMANT, UNDECIDED, fronts=True, clock=REAL, own_seconds=5.0)
def dies_for_five_seconds(call: Call, wire: Wire) -> None:
    """The server is gone for five seconds at the fortieth request."""
    if call.number == 40:
        wire.stage.die(5.0)
        return
    wire.pass_on(call)


@behaviour(UNDECIDED)
def garbage(call: Call, wire: Wire) -> None:
    """Everything is answered with bytes that are no HTTP."""
    wire.send(bytes(range(256)) * 8)
    wire.close()


@behaviour(UNDECIDED)
def garbage_with_secrets(call: Call, wire: Wire) -> None:
    """Everything is answered with a status line that is none, and that repeats the credentials."""
    wire.send(b"HTTP/1.1 2OO \xff%b\r\n\r\n" % call.credentials)
    wire.close()


@behaviour(UNDECIDED)
def empty(call: Call, wire: Wire) -> None:
    """Everything is answered by closing the connection."""
    wire.close()


@behaviour(CONFORMANT, UNDECIDED, fronts=True)
def http_1_0(call: Call, wire: Wire) -> None:
    """A good server that speaks HTTP/1.0."""
    wire.send(wire.ask(call).raw.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
    wire.close()
