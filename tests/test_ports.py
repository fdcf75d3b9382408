"""Why a port cannot be listened on or reached reads as a sentence with a remedy, without a number of the system."""

import errno
import os
import socket

import pytest

from conformance.ports import remedy, told, unreached

REFUSES = "port 80 of h refuses the connection"


@pytest.mark.parametrize(
    ("error", "words", "what_to_do"),
    [
        (errno.EADDRINUSE, "port 80 of h is in use by another program", "choose another port in X"),
        (errno.EACCES, "port 80 of h is kept for programs with more rights", "choose another port in X"),
        (errno.EADDRNOTAVAIL, "h is not an address of this machine", "write an address of this machine in X"),
        (errno.EMFILE, "port 80 of h cannot be listened on: Too many open files", "choose another port in X"),
        (None, "h is not a host that can be found", "write an address of this machine in X"),
    ],
)
def test_it_is_a_sentence_with_a_remedy(error: int | None, words: str, what_to_do: str) -> None:
    raised = socket.gaierror(-2, "Name or service not known") if error is None else OSError(error, os.strerror(error))

    assert told(raised, "h", 80) == words
    assert remedy(raised, "X").startswith(what_to_do)


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([socket.gaierror(-2, "Name or service not known")], "h is not a host that can be found"),
        ([ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('::1', 80)")], REFUSES),
        ([ConnectionRefusedError(), OSError(errno.ENETUNREACH, "x")], REFUSES),
        ([TimeoutError()], "port 80 of h does not answer in time"),
        ([OSError(errno.EHOSTUNREACH, "Connect call failed")], "port 80 of h cannot be reached: No route to host"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_not_reached_is_told_whatever_a_library_says(errors: list[OSError], words: str, wrapped: bool) -> None:
    cause = errors[0] if len(errors) == 1 else ExceptionGroup("multiple connection attempts failed", errors)
    raised: Exception = OSError("All connection attempts failed") if wrapped else cause
    raised.__cause__ = cause if wrapped else None

    assert unreached(raised, "h", 80) == words
