"""`gimg-conformance receiver`, as click reads it. What it does is loaded when it runs."""

from typing import Any

import click

from conformance.cli.paths import FILE, WORD
from conformance.cli.refusals import refusals


@click.group(short_help="Serve a relay, for targets that do not reach the machine of a run.")
def receiver() -> None:
    """Bring deliveries from a public address to a run on a machine that has none."""


@receiver.command("serve", short_help="Run a relay until Ctrl-C.")
@click.option(
    "--listen",
    type=WORD,
    default="0.0.0.0:9443",
    show_default=True,
    metavar="HOST:PORT",
    help="Where targets and runs reach it. Port 0: any free port.",
)
@click.option("--certificate", type=FILE, help="PEM file of its certificate and the chain. Without it: plain HTTP.")
@click.option("--private-key", type=FILE, help="PEM file of the certificate's key, without a password.")
@click.option(
    "--token",
    type=WORD,
    default="env:GIMG_RELAY_TOKEN",
    show_default=True,
    metavar="TOKEN|env:NAME",
    help="What a run must know to use it: 16 characters or more, best from `openssl rand -hex 24`.",
)
@click.option(
    "--ports",
    type=WORD,
    default="",
    metavar="FIRST-LAST",
    help="Further ports that targets reach, for endpoints that refuse connections; 2 for each run.",
)
def serve_relay(**options: Any) -> None:
    """Run a relay: deliveries that come to it reach a run that connected to it, unchanged.

    In the target file of the run, [webhooks] has the relay's address and the same token:

    \b
      relay = "https://relay.example.com:9443"
      relay_token = "env:GIMG_RELAY_TOKEN"
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.relaying import serve  # noqa: PLC0415 - loads anyio

    with refusals():
        serve(**options)
