"""The options that say how a target is reached, the same for every command that talks to one."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from conformance.cli.paths import EITHER, WORD

C = TypeVar("C", bound=Callable[..., Any])
tunnel_option = click.option(
    "--tunnel-command",
    type=WORD,
    default="",
    metavar="COMMAND|env:NAME",
    help="Tunnel that makes the webhook receiver public, such as 'cloudflared tunnel --url http://127.0.0.1:{port}'. "
    "It is started and ended with the run, and its URL read from what it prints.",
)
_OPTIONS = (
    click.option(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="How long one exchange with the API may take, up to 120.  [default: 15]",
    ),
    click.option(
        "--ca",
        type=EITHER,
        metavar="FILE",
        help="PEM file of an authority to trust, beside the usual ones.",
    ),
    click.option(
        "--proxy",
        type=WORD,
        default="",
        metavar="URL|env",
        help="HTTP proxy for all requests, or env:NAME; env: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.",
    ),
    click.option(
        "--header",
        "headers",
        type=WORD,
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Add this header to each request to the target, but to no other host. The value may be env:NAME. "
        "May be repeated.",
    ),
)


def network_options(command: C) -> C:
    """Adds --timeout, --ca, --proxy and --header."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
