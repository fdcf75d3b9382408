"""The commands that set reports beside each other, as click reads them. What they do is loaded when one runs."""

from pathlib import Path

import click

from conformance.cli.paths import EITHER, FOLDER
from conformance.cli.refusals import refusals


@click.command(short_help="Tell what changed from one run to a later one.")
@click.argument("old", type=EITHER)
@click.argument("new", type=EITHER)
@click.option("--to", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.pass_context
def diff(context: click.Context, /, old: Path, new: Path, form: str) -> None:
    """Tell what changed from the run OLD to the run NEW: each a report.json, a report folder, or a bundle.

    \b
    Exit status:
      0    nothing that binds is broken that was not
      1    something is: a regression
      2    the two cannot be compared, or wrong usage
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.comparing import compare  # noqa: PLC0415 - loads the report

    with refusals():
        status = compare(old, new, form)
    context.exit(status)


@click.command(short_help="Write the findings of a report as known failures.")
@click.argument("report", type=EITHER)
def baseline(report: Path) -> None:
    """Print the findings of REPORT as a file for `run --known-failures`.

    Say in it who sees to each failure, and until when it is tolerated.
    """
    from conformance.cli.comparing import baseline as known  # noqa: PLC0415 - loads the report

    with refusals():
        text = known(report)
    click.echo(text, nl=False)


@click.command(short_help="Merge the shards of a run, or many targets into one overview.")
@click.argument("reports", nargs=-1, required=True, type=EITHER)
@click.option("--output", type=FOLDER, default=Path("merged"), show_default=True, help="Folder for what is written.")
@click.pass_context
def merge(context: click.Context, /, reports: tuple[Path, ...], output: Path) -> None:
    """Merge REPORTS of one target, of which each ran other tests, into one report; those of many into an overview.

    \b
    Exit status:
      0    no target shows a deviation
      1    one is not conformant
      2    the reports overlap, or are not of one run; wrong usage
      3    one is undecided
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.comparing import merge as merged  # noqa: PLC0415 - loads the report

    with refusals():
        status = merged(reports, output)
    context.exit(status)
