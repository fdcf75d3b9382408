"""What stands between: gateways that fail, throttle and redirect, and answers that are lost on the way."""

import time

from tests.hostile.catalogue import BROKEN, CONFORMANT, REAL, UNDECIDED, behaviour
from tests.hostile.replies import changed, error, reply
from tests.hostile.wire import Call, Wire

HTML = b"Content-Type: text/html"
BAD_GATEWAY = reply(502, b"<html><h1>502 Bad Gateway</h1></html>", HTML)
UNAVAILABLE = reply(503, b"<html><h1>503 Service Unavailable</h1></html>", HTML)


@behaviour(CONFORMANT, UNDECIDED, fronts=True)
def tenth_502(call: Call, wire: Wire) -> None:
    """Every tenth request is answered 502 by a gateway, and does not reach the good server behind it."""
    if call.number % 10:
        return wire.pass_on(call)
    return wire.send(BAD_GATEWAY)


@behaviour(CONFORMANT, UNDECIDED, fronts=True)
def tenth_502_after_the_effect(call: Call, wire: Wire) -> None:
    """Every tenth request takes effect, but a gateway answers 502."""
    answer = wire.ask(call)
    wire.send(answer.raw if call.number % 10 else BAD_GATEWAY)


@behaviour(CONFORMANT, UNDECIDED, fronts=True, clock=REAL, own_seconds=10.0, says=r"--wait-for-target")
def ten_seconds_of_503(call: Call, wire: Wire) -> None:
    """503 for ten seconds, then all is well."""
    if call.age < 10:
        return wire.send(UNAVAILABLE)
    return wire.pass_on(call)


@behaviour(UNDECIDED)
def throttled(call: Call, wire: Wire) -> None:
    """Everything is answered 429 with a Retry-After of 999999."""
    wire.send(error(429, "too_many_requests", b"Retry-After: 999999"))


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("RATE",))
def throttled_from_20(call: Call, wire: Wire) -> None:
    """From the twentieth request on the API answers 429 with a Retry-After of 999999."""
    if call.number < 20 or not call.is_of_the_api:
        return wire.pass_on(call)
    return wire.send(error(429, "too_many_requests", b"Retry-After: 999999"))


@behaviour(UNDECIDED, fronts=True, clock=REAL)
def throttled_from_20_in_form(call: Call, wire: Wire) -> None:
    """From the twentieth request on the API answers 429 just as it is documented, with half an hour to wait."""
    if call.number < 20 or not call.is_of_the_api:
        return wire.pass_on(call)
    window = (b"X-RateLimit-Limit: 600", b"X-RateLimit-Remaining: 0", b"X-RateLimit-Reset: %d" % (time.time() + 1800))
    return wire.send(error(429, "too_many_requests", b"Retry-After: 1800", *window))


@behaviour(UNDECIDED)
def redirects_to_itself(call: Call, wire: Wire) -> None:
    """Everything is redirected to where it was sent."""
    wire.send(reply(302, b"", b"Location: http://%b%b" % (call.header(b"host"), call.target.encode())))


@behaviour(UNDECIDED)
def redirects_elsewhere(call: Call, wire: Wire) -> None:
    """Everything is redirected to another host, which must not learn the key."""
    if call.header(b"host").startswith(b"localhost") and call.credentials:
        wire.stage.notes.append("the credentials were sent to another host")
    port = call.header(b"host").rpartition(b":")[2]
    wire.send(reply(307, b"", b"Location: http://localhost:%b%b" % (port, call.target.encode())))


@behaviour(CONFORMANT, fronts=True)
def first_delete_502(call: Call, wire: Wire) -> None:
    """The first DELETE of each webhook is answered 502 by a gateway, and nothing is deleted."""
    if call.removes and wire.stage.first(call.target):
        return wire.send(BAD_GATEWAY)
    return wire.pass_on(call)


@behaviour(CONFORMANT, fronts=True)
def first_delete_502_after_the_effect(call: Call, wire: Wire) -> None:
    """The first DELETE of each webhook is answered 502 by a gateway, but the webhook is deleted."""
    answer = wire.ask(call)
    wire.send(BAD_GATEWAY if call.removes and wire.stage.first(call.target) else answer.raw)


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("HOOK",))
def registrations_lost(call: Call, wire: Wire) -> None:
    """Every registration of a webhook takes effect, but its answer is lost."""
    answer = wire.ask(call)
    if call.registers:
        return wire.reset()
    return wire.send(answer.raw)


@behaviour(CONFORMANT, UNDECIDED, fronts=True)
def second_registration_lost(call: Call, wire: Wire) -> None:
    """Every second registration of a webhook takes effect, but its answer is lost."""
    answer = wire.ask(call)
    if call.registers and wire.stage.number(f"registration at {call.number}") % 2 == 0:
        return wire.reset()
    return wire.send(answer.raw)


@behaviour(BROKEN, UNDECIDED, fronts=True, may_fail=("HOOK", "SIGN", "RETRY"))
def registrations_null(call: Call, wire: Wire) -> None:
    """Every registration of a webhook takes effect, but is answered 201 with null."""
    answer = wire.ask(call)
    wire.send(changed(answer, b"null") if call.registers and answer.status == 201 else answer.raw)


@behaviour(CONFORMANT, UNDECIDED, fronts=True, clock=REAL, patience=1800.0, says=r"(?i)slow|delay|latenc|took")
def slow(call: Call, wire: Wire) -> None:
    """Every answer of a good server is delayed by 3 s."""
    wire.delay(3.0)
    wire.pass_on(call)
