"""`gimg-conformance receiver serve`."""

import threading
from pathlib import Path

import click

from conformance.errors import ConfigurationError
from conformance.receiver.receiver import server_context
from conformance.receiver.relay import Relay
from conformance.session.termination import terminable
from conformance.target.config import port_range
from conformance.target.environment import from_environment

MAKE_ONE = "set it: `export {}=$(openssl rand -hex 24)`, and give the runs the same"


def serve(listen: str, certificate: Path | None, private_key: Path | None, token: str, ports: str) -> None:
    """Relay until interrupted. Raises ConfigurationError."""
    context = server_context(str(certificate or ""), str(private_key or ""))
    with terminable():
        try:
            secret = from_environment(token, "--token", MAKE_ONE)
            with Relay(secret, listen=listen, context=context, ports=_ports(ports), say=click.echo) as relay:
                click.echo(f"{relay.url}  (Ctrl-C stops it)")
                threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("".join(f"{count} refused: {why}\n" for why, count in relay.refusals.items()), nl=False)


def _ports(text: str) -> range:
    try:
        return port_range(text)
    except ValueError as error:
        what, _, remedy = str(error).partition("; ")
        raise ConfigurationError(f"--ports {what}", remedy) from None
