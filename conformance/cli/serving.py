"""`gimg-conformance serve`."""

import sys

import click

from conformance.errors import ConfigurationError
from conformance.reference import Rules, Running, accounts_from, clock_named, serve, target_toml


def serve_reference(port: int, clock: str, *, print_target: bool) -> None:
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
        serve(clock=its_clock, port=port, on_ready=_announce)
    except OSError as error:
        raise ConfigurationError(f"--port {port}: {error.strerror}", "name another, or 0 for a free one") from None


def _announce(running: Running) -> None:
    click.echo(f"{running.base_url}  (Ctrl-C ends it; its target file: gimg-conformance serve --print-target)")
    sys.stdout.flush()
