"""The embedded server, as a target: served, or only described."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import Any

from conformance.errors import ConfigurationError
from conformance.target import TargetFile, parse

NAME = "the embedded server"
Alteration = Callable[[Any], object]


def served(alter: Alteration | None, running: ExitStack) -> TargetFile:
    """Start one, altered so; it lives as long as `running`."""
    from conformance import reference  # noqa: PLC0415 - the server is loaded only where it is the target

    server = running.enter_context(reference.start(alter=alter))
    return parse(server.target_toml(), NAME)


@cache
def unserved() -> TargetFile:
    """Its target file, at an address where nothing listens: for who sends nothing."""
    from conformance import reference  # noqa: PLC0415 - as above

    toml = reference.target_toml(
        "http://127.0.0.1:1", reference.accounts_from(), reference.Rules(), reference.SteppedClock()
    )
    return parse(toml, NAME)


def alteration(fault: str) -> Alteration | None:
    """The change that gives the embedded server this fault of the catalogue; None without a fault.

    Raises ConfigurationError for one that there is not.
    """
    if not fault:
        return None
    from conformance.faults import named  # noqa: PLC0415 - the catalogue is loaded only where it is asked for

    try:
        return named(fault).apply
    except KeyError as error:
        raise ConfigurationError(str(error.args[0]), "`gimg-conformance faults list` lists them") from None
