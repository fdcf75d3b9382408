"""Whether what is sent to the receiver's own address arrives and is answered as it was sent; else nothing is said about
webhooks. Whatever a proxy may do by HTTP is forgiven: further headers, and their names in lower case.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.checks.expect import shorten
from conformance.checks.signatures import ID, SIGNATURE
from conformance.counted import counted
from conformance.evidence import Exchange, header
from conformance.evidence.attempt import Attempt

KEPT = ("Content-Type", "X-Gptimg-Event", ID, SIGNATURE)
"""The headers that a delivery must arrive with as they were sent."""


def lost_on_the_way(sent: bytes, exchange: Exchange, headers: Mapping[str, str] | None = None) -> str:
    """What happened to a POST of these bytes to the receiver's echo, in words; empty when they arrived as sent.

    `headers` are those among KEPT that were sent.
    """
    if exchange.response is None:
        return f"no answer came ({exchange.failure})"
    seen = exchange.json
    if exchange.status != 200 or not isinstance(seen, dict) or "sha256" not in seen:
        return f"the answer was not the receiver's ({exchange.told})"
    if seen["sha256"] != hashlib.sha256(sent).hexdigest():
        return f"its body was changed: {_how_it_was_changed(sent, _body(seen), seen.get('length'))}"
    query = exchange.request.url.partition("?")[2]
    if (arrived := str(seen.get("path")).partition("?")[2]) != query:
        return f"its query was changed: {query!r} arrived as {shorten(arrived, 60)!r}"
    return next(filter(None, (_of_header(name, value, seen) for name, value in (headers or {}).items())), "")


def _body(seen: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(str(seen.get("body")), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _how_it_was_changed(sent: bytes, came: bytes, length: Any) -> str:
    try:
        anew = bool(came) and json.loads(came) == json.loads(sent)
    except ValueError:
        anew = False
    if anew:
        return "something on the way reads the JSON and writes it anew, which breaks every signature"
    return f"{len(sent)} bytes were sent and {length} arrived, or others"


def _of_header(name: str, sent: str, seen: dict[str, Any]) -> str:
    pairs = [pair for pair in seen.get("headers", ()) if isinstance(pair, list) and len(pair) == 2]
    came = [str(value) for key, value in pairs if str(key).lower() == name.lower()]
    if came == [sent]:
        return ""
    if not came:
        return f"its header {name} was taken away"
    return f"its header {name} was changed: {sent!r} arrived as {shorten(', '.join(came), 80)!r}"


def answered_by_another(exchange: Exchange, status: int, location: str, attempts: int) -> str:
    """What happened to an answer of the receiver with this status (and Location), in words; empty: it came as it is.

    `attempts`: how often the request came to the receiver.
    """
    if exchange.response is None:
        return f"no answer came, where the receiver answers {status} ({exchange.failure})"
    if attempts != 1:
        times = counted(attempts, "time") if attempts else "not at all"
        return f"a request that is answered {status} was sent once and arrived {times}: something on the way repeats it"
    if exchange.status != status:
        return f"the receiver answers {status}, and {exchange.status} came back: something on the way answers by itself"
    if location and (came := header(exchange.response.headers, "Location")) != location:
        return f"the receiver's Location {location!r} came back as {came!r}"
    return ""


def not_ended(attempts: Sequence[Attempt]) -> str:
    """Whether the receiver saw that a sender hung up, in words; empty: it did."""
    if not attempts:
        return "a request does not arrive before it is answered"
    how = attempts[0].ended.how if attempts[0].ended else ""
    if how != "hung up":
        return "a sender's hanging up does not arrive: an attempt that a target gave up after 5 s would seem to go on"
    return ""


def too_slow(seconds: float, most: float) -> str:
    """Whether a request and its answer take longer than this, in words; empty: they do not."""
    if seconds <= most:
        return ""
    return (
        f"a request and its answer take {seconds:.2f} s, where {most:.2f} s may be: of the 5 s that a target gives a "
        "receiver, tests leave unanswered 3.5 s"
    )
