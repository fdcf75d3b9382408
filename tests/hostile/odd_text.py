"""Peers whose bytes are no text, or more than text: what they repeat must not stay, and what they say must not run."""

import gzip
import json

from tests.hostile.catalogue import BROKEN, CONFORMANT, UNDECIDED, behaviour
from tests.hostile.replies import JSON, changed, reply
from tests.hostile.wire import Call, Wire

NO_TEXT = b"\xff\xfe\xc3\x28\xed\xa0\x80"
"""In UTF-8: two bytes that never occur, a broken sequence, and half a character."""
ANSI = b"\x1b[2J\x1b[31mred\x1b]0;title\x07"


def no_text(call: Call) -> bytes:
    return b'{"note": "%b", "seen": "%b"}' % (NO_TEXT, call.credentials)


@behaviour(UNDECIDED)
def invalid_utf8(call: Call, wire: Wire) -> None:
    """Everything is answered with JSON that is no UTF-8, and repeats the credentials."""
    wire.send(reply(200, no_text(call)))


@behaviour(UNDECIDED)
def invalid_utf8_in_gzip(call: Call, wire: Wire) -> None:
    """The same, compressed."""
    wire.send(reply(200, gzip.compress(no_text(call)), JSON, b"Content-Encoding: gzip"))


@behaviour(UNDECIDED)
def invalid_utf8_refused(call: Call, wire: Wire) -> None:
    """The same, as a 401."""
    wire.send(reply(401, no_text(call)))


@behaviour(UNDECIDED)
def invalid_utf8_cut(call: Call, wire: Wire) -> None:
    """The same, broken off before its end."""
    wire.send(reply(200, no_text(call)).replace(b"Content-Length: ", b"Content-Length: 9"))
    wire.close()


@behaviour(BROKEN, UNDECIDED, fronts=True)
def invalid_utf8_of_a_good_server(call: Call, wire: Wire) -> None:
    """Every JSON object of a good server has a member that is no UTF-8 and repeats the credentials."""
    answer = wire.ask(call)
    note = b'{"note":"%b %b",' % (NO_TEXT, call.credentials)
    wire.send(changed(answer, answer.body.replace(b"{", note, 1)) if answer.json is not None else answer.raw)


@behaviour(BROKEN, UNDECIDED, fronts=True)
def invalid_utf8_in_registrations(call: Call, wire: Wire) -> None:
    """The answers to registrations alone, secrets included, are no UTF-8."""
    answer = wire.ask(call)
    note = b'{"note":"%b",' % NO_TEXT
    wire.send(changed(answer, answer.body.replace(b"{", note, 1)) if call.registers else answer.raw)


@behaviour(CONFORMANT, BROKEN, UNDECIDED, fronts=True)
def secrets_in_headers(call: Call, wire: Wire) -> None:
    """Every answer of a good server repeats the credentials in a header, between bytes that are no UTF-8."""
    wire.send(changed(wire.ask(call), None, b"X-Seen: \xff%b\xfe" % call.credentials))


@behaviour(CONFORMANT, BROKEN, UNDECIDED, fronts=True)
def ansi_in_headers(call: Call, wire: Wire) -> None:
    """Every answer of a good server has sequences in a header that a terminal would obey."""
    wire.send(changed(wire.ask(call), None, b"X-Note: " + ANSI))


@behaviour(CONFORMANT, BROKEN, UNDECIDED, fronts=True)
def c1_in_headers(call: Call, wire: Wire) -> None:
    """Every answer of a good server has the one-byte forms of such sequences in a header."""
    wire.send(changed(wire.ask(call), None, b"X-Note: \x9b31mred\x9d0;title\x9c"))


@behaviour(CONFORMANT, BROKEN, UNDECIDED, fronts=True)
def latin1_in_headers(call: Call, wire: Wire) -> None:
    """Every answer of a good server has Latin-1 in a header."""
    wire.send(changed(wire.ask(call), None, "X-Note: caf\xe9 \xa7".encode("latin-1")))


@behaviour(UNDECIDED)
def ansi_everywhere(call: Call, wire: Wire) -> None:
    """Everything is answered 500 with a reason and a message that a terminal would obey."""
    body = json.dumps({"error": {"code": "internal", "message": ANSI.decode() + "\x9b31m"}}).encode()
    wire.send(reply(500, body).replace(b"Internal Server Error", b"\x9b31m Broken", 1))


@behaviour(CONFORMANT, BROKEN, UNDECIDED, fronts=True)
def contradicting_headers(call: Call, wire: Wire) -> None:
    """Every answer of a good server has second headers that contradict the first."""
    second = (b"Content-Type: text/html", b"X-RateLimit-Limit: 5", b"X-RateLimit-Remaining: 9999", b"Retry-After: -1")
    wire.send(changed(wire.ask(call), None, *second))
