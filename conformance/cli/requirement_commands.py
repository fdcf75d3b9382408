"""`gimg-conformance requirements` and `tests`, as click reads them. What they do is loaded when they run."""

from pathlib import Path

import click

from conformance.cli.languages import LANGUAGES
from conformance.cli.paths import FILE, FOLDER, WORD
from conformance.cli.refusals import refusals


@click.command(short_help="List all requirements, or show one.")
@click.argument("word", type=WORD, metavar="[ID|AREA|RULING]", default="")
@click.option(
    "--lang",
    type=LANGUAGES,
    default="en",
    show_default=True,
    help="Language of the sentences and rulings; zh-TW is Traditional Chinese.",
)
@click.option("--coverage", is_flag=True, help="Print all requirements in Markdown, with their tests and faults.")
@click.option(
    "--against",
    type=FILE,
    metavar="FILE",
    help="Tell what another version of the documentation (its page, as text) changes, and for which requirements.",
)
@click.pass_context
def requirements(context: click.Context, /, word: str, lang: str, *, coverage: bool, against: Path | None) -> None:
    """List all requirements, or those of one AREA, or show the one with this ID.

    One requirement is shown with its sentence, source, rulings, tests and needs; a RULING, such as R9, with the
    requirements that rest on it.

    \b
    Examples:
      gimg-conformance requirements RATE
      gimg-conformance requirements RATE-6 --lang zh-TW

    \b
    Exit status with --against:
      0    no sentence changed, came or went
      1    some did: the requirements that rest on them are listed
      2    wrong usage, or a file that is not the documentation
    """  # noqa: D301 - click looks for the character, not for its escape
    if coverage or against:
        told = "--coverage" if coverage else "--against"
        if word or (coverage and against):
            raise click.UsageError(f"{told} is about all requirements; leave the {'ID' if word else 'other'} out")
        if lang != "en":
            raise click.UsageError(f"{told} is in English; leave --lang out")
    if coverage:
        from conformance.cli.coverage_table import coverage as document  # noqa: PLC0415 - loads the server

        click.echo(document(), nl=False)
    elif against:
        from conformance.cli.against_listing import compare  # noqa: PLC0415 - loads rich
        from conformance.requirements import load  # noqa: PLC0415 - loads the registry
        from conformance.requirements.documentation import kept  # noqa: PLC0415 - as above

        with refusals():
            context.exit(compare(against, load(), kept()))
    else:
        from conformance.cli.listing import show  # noqa: PLC0415 - loads rich

        with refusals():
            show(word, lang)


@click.command(short_help="List the tests that `run --only` can choose.")
@click.option("--area", type=WORD, metavar="AREA", help="Only the tests of this area, such as AUTH.")
@click.option(
    "--only", type=WORD, multiple=True, metavar="ID|AREA|TEST", help="Only what `run --only` would choose by this."
)
@click.option("--profile", type=click.Choice(["smoke", "gate", "certify"]), help="Only what this profile includes.")
@click.option(
    "--report-dir",
    type=FOLDER,
    default=Path("reports"),
    show_default=True,
    help="Folder of the last run, whose report.json has what each test cost.",
)
def tests(area: str | None, only: tuple[str, ...], profile: str | None, report_dir: Path) -> None:
    """List the tests by the names that reports print, with requirement, profile and requests. Sends nothing."""
    from conformance.cli.testing import list_tests  # noqa: PLC0415 - loads the suite

    with refusals():
        list_tests(only, area, profile, report_dir)
