"""Whether a request to the receiver's own address arrives as it was sent; else nothing is said about webhooks."""

import hashlib

from conformance.evidence import Exchange


def lost_on_the_way(sent: bytes, exchange: Exchange) -> str:
    """What happened to a POST of these bytes to the receiver's echo, in words; empty when they arrived as sent."""
    if exchange.response is None:
        return f"no answer came ({exchange.failure})"
    seen = exchange.json
    if exchange.status != 200 or not isinstance(seen, dict) or "sha256" not in seen:
        return f"the answer was not the receiver's ({exchange.told})"
    if seen["sha256"] != hashlib.sha256(sent).hexdigest():
        return f"its body was changed: {len(sent)} bytes were sent and {seen.get('length')} arrived, or others"
    return ""
