"""`gimg-conformance check`, as click reads it. What it does is loaded when it runs."""

from typing import Any

import click

from conformance.cli.network_options import network_options, tunnel_option
from conformance.cli.paths import EITHER, WORD
from conformance.cli.refusals import refusals


@click.command(short_help="Look whether a target is ready for a run.")
@click.argument("target", required=False, type=EITHER)
@click.option(
    "--base-url", type=WORD, metavar="URL", help="Base URL of the target, instead of a target file. Needs --api-key."
)
@click.option(
    "--api-key", type=WORD, metavar="KEY", help="API key for --base-url, or env:NAME to read it from a variable."
)
@click.option(
    "--spend",
    is_flag=True,
    help="Also register a webhook and wait for a delivery, and send the prompts of the target file: up to 4 credits.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
@network_options
@tunnel_option
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Look whether a target is ready for a run: accounts, quota, sessions, test clock, receiver and network.

    TARGET is a target file (TOML). At most 12 requests are sent, none of which costs credits, and a test clock is moved
    by five seconds. With --spend it is about 25 requests, and up to 4 credits.

    \b
    Exit status:
      0    nothing would spoil a run; what stays untested or does not show is told
      2    wrong usage or configuration; nothing was sent
      3    something has to be mended first
      130  interrupted
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.checking import CheckRequest, check_target  # noqa: PLC0415 - loads the client and rich

    with refusals():
        status = check_target(CheckRequest(**options))
    context.exit(status)
