"""Why a port cannot be listened on reads as a sentence, with a remedy, and without a number of the system."""

import errno
import os
import socket

import pytest

from conformance.ports import remedy, told


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
