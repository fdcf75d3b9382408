"""Peers that never come to an end of what they say."""

from tests.hostile.catalogue import BROKEN, UNDECIDED, behaviour
from tests.hostile.replies import EMPTY_BLOCKS, GZIP_HEAD, JSON, chunk, head
from tests.hostile.wire import Call, Wire

LONG = b"x" * 1_000_000
CHUNKED = b"Transfer-Encoding: chunked"


@behaviour(UNDECIDED, once=r"(?i)no answer|timed out|in time|cannot be reached")
def silent(call: Call, wire: Wire) -> None:
    """Accepts, and says nothing."""
    wire.wait()


@behaviour(UNDECIDED)
def header_trickles(call: Call, wire: Wire) -> None:
    """The header block comes a byte a second, and does not end."""
    wire.trickle(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Long: " + LONG)


@behaviour(UNDECIDED)
def body_trickles(call: Call, wire: Wire) -> None:
    """The body comes a byte a second, and is long."""
    wire.send(head(200, JSON, b"Content-Length: 1000000"))
    wire.trickle(b'{"generationId": "' + LONG)


@behaviour(UNDECIDED)
def chunks_trickle(call: Call, wire: Wire) -> None:
    """The body comes in chunks of a byte, one a second."""
    wire.send(head(200, JSON, CHUNKED))
    for _ in range(1_000_000):
        wire.send(chunk(b" "))
        wire.wait(1.0)


@behaviour(UNDECIDED)
def chunk_header_trickles(call: Call, wire: Wire) -> None:
    """The header of the first chunk comes a byte a second, and does not end."""
    wire.send(head(200, JSON, CHUNKED))
    wire.trickle(b"2;" + LONG)


@behaviour(UNDECIDED)
def trailer_trickles(call: Call, wire: Wire) -> None:
    """The body is complete, but a trailer follows it a byte a second, and does not end."""
    wire.send(head(200, JSON, CHUNKED) + chunk(b"{}") + b"0\r\n")
    wire.trickle(b"X-Long: " + LONG)


@behaviour(UNDECIDED)
def endless_interim(call: Call, wire: Wire) -> None:
    """Interim responses without an end, as fast as they are read."""
    wire.send_forever(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" * 100)


@behaviour(UNDECIDED)
def slow_interim(call: Call, wire: Wire) -> None:
    """An interim response a second, without an end."""
    while True:
        wire.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        wire.wait(1.0)


@behaviour(UNDECIDED)
def gzip_of_nothing(call: Call, wire: Wire) -> None:
    """A gzip stream of empty blocks without an end: many bytes come, and none of the body."""
    wire.send(head(200, JSON, CHUNKED, b"Content-Encoding: gzip") + chunk(GZIP_HEAD))
    wire.send_forever(chunk(EMPTY_BLOCKS))


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("LIFE", "GEN"))
def polls_trickle(call: Call, wire: Wire) -> None:
    """The bodies of polls come a byte a second, everything else as it should."""
    answer = wire.ask(call)
    if not call.is_poll:
        return wire.send(answer.raw)
    wire.send(answer.head)
    return wire.trickle(answer.body)


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("LIFE", "GEN"))
def poll_headers_trickle(call: Call, wire: Wire) -> None:
    """The header blocks of polls come a byte a second and do not end, everything else as it should."""
    if call.is_poll:
        wire.trickle(b"HTTP/1.1 200 OK\r\nX-Long: " + LONG)
    wire.pass_on(call)
