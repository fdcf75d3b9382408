"""Why a port cannot be listened on or reached, in plain words: what the system says has a number and no remedy."""

import errno
import os
import socket

_WHY = {
    errno.EADDRINUSE: "port {port} of {host} is in use by another program",
    errno.EACCES: "port {port} of {host} is kept for programs with more rights",
    errno.EADDRNOTAVAIL: "{host} is not an address of this machine",
}
_NO_HOST = "{host} is not a host that can be found"


def told(error: OSError, host: str, port: int) -> str:
    """A sentence."""
    host = host or "this machine"
    if isinstance(error, socket.gaierror):
        return _NO_HOST.format(host=host)
    known = _WHY.get(error.errno or 0, f"port {{port}} of {{host}} cannot be listened on: {error.strerror or error}")
    return known.format(host=host, port=port)


def remedy(error: OSError, option: str) -> str:
    """What to do about it; `option` is where host and port were written."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"write an address of this machine in {option}, such as 127.0.0.1:0"
    return f"choose another port in {option}, or 0 for any free one"


def unreached(error: Exception, host: str, port: int) -> str:
    """Why nobody answers there: a sentence. Of several attempts, the first tells."""
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, socket.gaierror):
        return _NO_HOST.format(host=host)
    if isinstance(error, ConnectionRefusedError):
        return f"port {port} of {host} refuses the connection"
    if isinstance(error, TimeoutError):
        return f"port {port} of {host} does not answer in time"
    number = error.errno if isinstance(error, OSError) else None
    return f"port {port} of {host} cannot be reached: {os.strerror(number) if number else error}"
