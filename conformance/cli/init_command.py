"""`gimg-conformance init`, as click reads it. What it does is loaded when it runs."""

from pathlib import Path
from typing import Any

import click

from conformance.cli.network_options import network_options
from conformance.cli.paths import FILE, WORD
from conformance.cli.refusals import refusals


@click.command(short_help="Write a target file from a URL and a key.")
@click.option("--base-url", type=WORD, metavar="URL", help="Base URL of the target.")
@click.option("--api-key", type=WORD, metavar="KEY", help="API key of its primary account, or env:NAME.")
@click.option(
    "--cookie", type=WORD, metavar="COOKIE", default="", help="Its dashboard session, for webhooks, or env:NAME."
)
@click.option("--output", type=FILE, default=Path("target.toml"), show_default=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@network_options
@click.pass_context
def init(context: click.Context, /, **options: Any) -> None:
    """Write a target file, with comments: what was found by asking the target, and what to fill in.

    What is not given is asked for in a terminal. Accounts whose variables are set (GIMG_OTHER_KEY, GIMG_OTHER_COOKIE,
    GIMG_BURNER_KEY and so on) are taken, too. The target is asked as by `check`: at most 12 requests, no credits. Then
    it tells how many requirements a run can test so, and the lines that would enable more.

    A key or cookie is never written: the file names a variable, which you set.

    \b
    Example:
      gimg-conformance init --base-url https://staging.example.com --api-key env:GIMG_KEY --output new.toml

    \b
    Exit status:
      0    written, and the target is ready for a run
      2    wrong usage, or the file is there already or cannot be written; nothing was sent or written
      3    written, but something has to be mended first, such as a target that cannot be reached
      130  interrupted; nothing was written
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.beginning import InitRequest, begin  # noqa: PLC0415 - loads the client and rich

    with refusals():
        status = begin(InitRequest(**options))
    context.exit(status)
