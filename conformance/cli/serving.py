"""`gimg-conformance serve`."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import click

from conformance.errors import ConfigurationError
from conformance.reference import (
    Clock,
    Rules,
    Running,
    RunningClock,
    Service,
    accounts_from,
    clock_named,
    serve,
    target_toml,
)


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
        serve(clock=its_clock, port=port, on_ready=lambda running: _announce(running, clock), alter=_alteration(fault))
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


UNDECLARED = "only its target file says so, and `--base-url` alone cannot work"


def _announce(running: Running, clock: str) -> None:
    """Say where it is, what its clock does, and the commands that fit it."""
    click.echo(f"{running.base_url}  (Ctrl-C ends it)\n{_habit(running.clock)}\n")
    for command in _commands(running, clock):
        click.echo(f"  {command}")
    sys.stdout.flush()


def _habit(clock: Clock) -> str:
    if not isinstance(clock, RunningClock):
        return f"Its clock stands still until it is moved: {UNDECLARED}."
    if clock.scale != 1:
        return f"Its clock runs {clock.scale:g} times faster than ours: {UNDECLARED}."
    return "Its clock is real: the profiles smoke and gate take up to a minute, certify over an hour."


def _commands(running: Running, clock: str) -> list[str]:
    program, port = _program(), urlsplit(running.base_url).port
    commands = [
        f"{program} serve --port {port} --clock {clock} --print-target > reference.toml",
        f"{program} run reference.toml",
    ]
    if isinstance(running.clock, RunningClock) and running.clock.scale == 1:
        key = running.accounts["primary"].key
        commands.append(f"{program} run --base-url {running.base_url} --api-key {key}  # one account, no file")
    return commands


def _program() -> str:
    """How this program was called, so that a command can be copied."""
    called = sys.argv[0]
    return shlex.quote(called) if Path(called).name == "gimg-conformance" else "gimg-conformance"
