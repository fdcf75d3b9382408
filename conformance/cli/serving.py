"""`gimg-conformance serve`."""

import sys
from collections.abc import Callable

import click

from conformance.errors import ConfigurationError
from conformance.reference import Rules, Running, Service, accounts_from, clock_named, serve, target_toml


def serve_reference(port: int, clock: str, fault: str, *, print_target: bool) -> None:
    """Serve until interrupted, or print the server's target file. Raises ConfigurationError."""
    try:
        its_clock = clock_named(clock)
    except ValueError:
        raise ConfigurationError(
            f"--clock {clock!r} is not known", "give real, stepped, or a number such as 20"
        ) from None
    if print_target:
        if port == 0:
            raise ConfigurationError("--print-target cannot know a free port", "name one with --port")
        click.echo(target_toml(f"http://127.0.0.1:{port}", accounts_from(), Rules(), its_clock), nl=False)
        return
    try:
        serve(clock=its_clock, port=port, on_ready=_announce, alter=_alteration(fault))
    except OSError as error:
        raise ConfigurationError(f"--port {port}: {error.strerror}", "name another, or 0 for a free one") from None


def _alteration(fault: str) -> Callable[[Service], object] | None:
    if not fault:
        return None
    from conformance.faults import named  # noqa: PLC0415 - the catalogue is loaded only where it is asked for

    try:
        return named(fault).apply
    except KeyError as error:
        raise ConfigurationError(f"--fault: {error.args[0]}", "see `gimg-conformance faults list`") from None


def _announce(running: Running) -> None:
    click.echo(f"{running.base_url}  (Ctrl-C ends it; its target file: gimg-conformance serve --print-target)")
    sys.stdout.flush()
