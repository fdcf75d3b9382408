"""Why no complete answer came, in plain words: what the libraries and the system say, told to people."""

import re

import httpx

from conformance.evidence.exchange import NO_CONNECTION, NOT_IN_TIME, REFUSED

PLAIN_HTTP = "the port speaks plain HTTP, not HTTPS"
_KINDS: dict[type[Exception], str] = {
    httpx.ConnectTimeout: NOT_IN_TIME,
    httpx.ConnectError: NO_CONNECTION,
    httpx.ProxyError: f"{NO_CONNECTION}, the proxy refuses",
    httpx.ReadTimeout: "no answer in time",
    httpx.RemoteProtocolError: "the answer is not HTTP, or broke off",
    httpx.ReadError: "the connection broke",
}
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
"""What the system puts before its words."""


def told(error: Exception) -> str:
    """One line, without a full stop."""
    said = _NUMBER.sub("", str(error))
    if "WRONG_VERSION_NUMBER" in said:
        return PLAIN_HTTP
    if "Connection refused" in said:
        return REFUSED
    words = next((words for kind, words in _KINDS.items() if isinstance(error, kind)), type(error).__name__)
    return f"{words}: {said}" if said else words
