"""`gimg-conformance faults`, as click reads it. What it does is loaded when it runs."""

from pathlib import Path
from typing import Any

import click

from conformance.cli.languages import LANGUAGES
from conformance.cli.paths import FOLDER, WORD
from conformance.cli.refusals import refusals


@click.group(short_help="Try the suite against deliberate faults of the reference server.")
def faults() -> None:
    """Deliberate faults of the reference server, which the suite must find."""


@faults.command("list", short_help="List the faults and the permitted variations.")
@click.argument("names", type=WORD, nargs=-1, metavar="[NAME|SECTION]...")
@click.option(
    "--requirement",
    type=WORD,
    default="",
    metavar="ID",
    help="Only what breaks this requirement, or this ruling permits.",
)
@click.option("--kind", type=click.Choice(["fault", "variation"]), help="Only faults, or only variations.")
@click.option("-v", "--verbose", is_flag=True, help="With what users of the API would notice.")
def faults_list(names: tuple[str, ...], **which: Any) -> None:
    """List the faults, the requirement that each breaks, and the variations that the documentation permits.

    With names, only these; a section, such as validation, is the file of the suite that an entry is for.

    \b
    Examples:
      gimg-conformance faults list validation --kind variation
      gimg-conformance faults list --requirement RATE-6 -v
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.fault_listing import list_faults  # noqa: PLC0415 - loads the server

    with refusals():
        list_faults(names, **which)


@faults.command("run", short_help="Run the suite against each fault.")
@click.argument("names", type=WORD, nargs=-1, metavar="[NAME|SECTION]...")
@click.option(
    "--workers",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    help="Number of parallel processes. 0: one for each core.",
)
@click.option(
    "--tests",
    type=click.Choice(["section", "usual", "all"]),
    default="usual",
    show_default=True,
    help="Beside the smoke tests: those of the entry's section; all of them for variations only; all of them.",
)
@click.option("--pairs", is_flag=True, help="Run servers with two likely variations each, in place of the catalogue.")
@click.option(
    "--report-dir",
    type=FOLDER,
    default=Path("reports"),
    show_default=True,
    help="Folder for faults.json and faults.html.",
)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True, help="Language of faults.html.")
@click.pass_context
def faults_run(context: click.Context, /, names: tuple[str, ...], workers: int, report_dir: Path, **which: Any) -> None:
    """Run the suite against each fault: exactly the requirements that the fault names must fail.

    Without names, all faults and variations are run. A fault is "killed" where just that happens; it "survived" where
    nothing fails. A variation is a server that differs as it may: there nothing must fail ("conformant").

    \b
    Exit status:
      0    every fault was killed, and every variation is conformant
      1    one was not
      2    wrong usage; nothing was run
      3    a result could not be written
      130  interrupted; faults.json and faults.html have what was run
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.faulting import run_faults  # noqa: PLC0415 - loads the server

    with refusals():
        context.exit(run_faults(names, workers, report_dir, **which))
