"""`gimg-conformance serve`."""

import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import click

from conformance.errors import ConfigurationError
from conformance.ports import remedy, told
from conformance.program import called
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


def serve_reference(port: int, clock: str, fault: str, storage: str = "", *, print_target: bool) -> None:
    """Serve until interrupted, or print the server's target file. Raises ConfigurationError."""
    try:
        its_clock = clock_named(clock)
    except ValueError:
        raise ConfigurationError(f"unknown --clock {clock!r}", "give real, stepped, or a number such as 20") from None
    if print_target:
        if port == 0:
            raise ConfigurationError("--print-target needs a fixed port, not 0", "name one with --port")
        click.echo(target_toml(f"http://127.0.0.1:{port}", accounts_from(), Rules(), its_clock), nl=False)
        return
    if storage and not (isinstance(its_clock, RunningClock) and its_clock.scale == 1):
        raise ConfigurationError(f"--storage with --clock {clock}: an S3 server has real time", "give --clock real")
    stored, faulty = _stored(storage), _alteration(fault)

    def alter(service: Service) -> None:
        for change in filter(None, (stored, faulty)):
            change(service)

    try:
        serve(clock=its_clock, port=port, on_ready=lambda running: _announce(running, clock), alter=alter)
    except OSError as error:
        raise ConfigurationError(told(error, "127.0.0.1", port), remedy(error, "--port")) from None


def _stored(place: str) -> Callable[[Service], object] | None:
    if not place:
        return None
    from conformance.reference.remote_storage import stored_in  # noqa: PLC0415 - loads boto3

    try:
        return stored_in(place)
    except ImportError:
        raise ConfigurationError("--storage needs boto3", "`pip install 'gimg-conformance[s3]'`") from None
    except ValueError:
        raise ConfigurationError(f"--storage {place}: no bucket", "name one, such as s3://uploads") from None
    except OSError as error:
        remedy = "create the bucket, and set AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise ConfigurationError(f"--storage {place}: {error}", remedy) from None


def _alteration(fault: str) -> Callable[[Service], object] | None:
    if not fault:
        return None
    from conformance.faults import named  # noqa: PLC0415 - the catalogue is loaded only where it is asked for

    try:
        return named(fault).apply
    except KeyError as error:
        raise ConfigurationError(f"--fault: {error.args[0]}", "`gimg-conformance faults list` lists them") from None


UNDECLARED = "use its target file, which declares that; `--base-url` alone does not work"


def _announce(running: Running, clock: str) -> None:
    """Print the address, what the clock does, and the commands to use."""
    click.echo(f"{running.base_url}  (Ctrl-C stops it)\n{_habit(running.clock)}\n")
    for command in _commands(running, clock):
        click.echo(f"  {command}")
    sys.stdout.flush()


def _habit(clock: Clock) -> str:
    if not isinstance(clock, RunningClock):
        return f"Its clock stands still until requests move it: {UNDECLARED}."
    if clock.scale != 1:
        return f"Its clock runs {clock.scale:g} times faster than real time: {UNDECLARED}."
    return "Its clock is real: smoke and gate runs take up to a minute, certify runs over an hour."


def _commands(running: Running, clock: str) -> list[str]:
    program, port = called(), urlsplit(running.base_url).port
    commands = [
        f"{program} serve --port {port} --clock {clock} --print-target > reference.toml",
        f"{program} run reference.toml",
    ]
    if isinstance(running.clock, RunningClock) and running.clock.scale == 1:
        key = running.accounts["primary"].key
        commands.append(f"{program} run --base-url {running.base_url} --api-key {key}  # one account, no file")
    return commands
