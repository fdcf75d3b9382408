"""The command line. What a command needs is loaded when it runs, so that --help is quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from conformance import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_PYTEST = "conformance.pytest_args"


class _PassesOn(click.Command):
    """Keeps what follows -- for pytest; click would take the first of it for the target."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[_PYTEST] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


class _Face(click.Group):
    """Says what it has to say, and does not mind when nobody listens."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        from conformance.cli.streams import make_forgiving  # noqa: PLC0415 - this module imports click alone

        make_forgiving()
        return super().main(*args, **kwargs)


class _Refusal(click.ClickException):
    exit_code = 2


@contextmanager
def _refusals() -> Iterator[None]:
    """What the user can mend ends in one message and exit status 2."""
    from conformance.errors import SuiteError  # noqa: PLC0415 - costs nothing where nothing is wrong

    try:
        yield
    except SuiteError as error:
        raise _Refusal(str(error)) from None


@click.group(cls=_Face, context_settings=CONTEXT)
@click.version_option(__version__, package_name="gimg-conformance", message="%(prog)s %(version)s")
def main() -> None:
    """Does a server keep every promise of the image-generation API's documentation?"""


@main.result_callback()
def _all_was_written(_: object) -> None:
    """What a command prints is all that it does, `run` aside: output that is lost is a failure."""
    from conformance.cli.streams import lost_output  # noqa: PLC0415 - as above

    if lost := lost_output():
        raise _Lost(f"the output could not be written: {lost}")


class _Lost(click.ClickException):
    exit_code = 3


@main.command(cls=_PassesOn, short_help="Test a target, or the embedded reference server.")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--base-url", metavar="URL", help="The target, in place of a file; needs --api-key.")
@click.option("--api-key", metavar="KEY", help="Its key, or env:NAME for the variable that holds it.")
@click.option(
    "--profile",
    type=click.Choice(["smoke", "gate", "certify"]),
    help="How much to test. Default: gate for a target, certify for the embedded server.",
)
@click.option(
    "--report-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help="Where report.json and junit.xml are written.",
)
@click.option(
    "--workers", type=click.IntRange(1, 5), default=1, show_default=True, help="Processes that share the work."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed sends the same requests.")
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Leave out what would wait longer, in real seconds; 0: no limit.",
)
@click.option("--wait", is_flag=True, help="Wait for the reset where the quota is used up or does not suffice.")
@click.option(
    "--wait-for-target",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Wait for a target that is starting, for at most so long.",
)
@click.option("--strict", is_flag=True, help="What a target SHOULD do decides as well.")
@click.pass_context
def run(context: click.Context, /, **options: Any) -> None:
    """Test TARGET (a target file in TOML), or --base-url with --api-key, or the embedded reference server.

    What follows -- goes to pytest: `gimg-conformance run target.toml -- -k idempot`.

    Exit status: 0 conformant, 1 not conformant, 2 wrong usage or configuration,
    3 not decided, 130 interrupted.
    """
    from conformance.cli.running import RunRequest, execute  # noqa: PLC0415 - loads pytest and rich

    with _refusals():
        status = execute(RunRequest(**options, pytest_args=context.meta[_PYTEST]))
    context.exit(status)


@main.command(short_help="List every requirement, or show one.")
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--coverage", is_flag=True, help="All of them in Markdown, with their tests and faults.")
def requirements(id_: str | None, *, coverage: bool) -> None:
    """List every requirement, or show one: its sentence, source, rulings, tests and needs."""
    if coverage:
        if id_ is not None:
            raise click.UsageError("--coverage shows all requirements; leave the ID out")
        from conformance.cli.coverage_table import coverage as document  # noqa: PLC0415 - loads the server

        click.echo(document(), nl=False)
        return
    from conformance.cli.listing import show  # noqa: PLC0415 - loads rich

    with _refusals():
        show(id_)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one.")
@click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="real|stepped|SCALE",
    help="Real time, a test clock that is moved by requests, or a number of times faster.",
)
@click.option("--fault", default="", metavar="NAME", help="Apply a fault of the catalogue, to look at it.")
@click.option("--print-target", is_flag=True, help="Print the target file of this server, and end.")
def serve(port: int, clock: str, fault: str, print_target: bool) -> None:
    """Run the reference server."""
    from conformance.cli.serving import serve_reference  # noqa: PLC0415 - loads the server

    with _refusals():
        serve_reference(port, clock, fault, print_target=print_target)


@main.group()
def faults() -> None:
    """The deliberate deviations that prove the suite's power."""


@faults.command("list", short_help="What each fault breaks, and which variations are permitted.")
def faults_list() -> None:
    """What each fault breaks, which variations are permitted, and who would notice."""
    from conformance.cli.faulting import list_faults  # noqa: PLC0415 - loads the server

    list_faults()


@faults.command("run", short_help="Run the suite against each fault.")
@click.argument("names", nargs=-1, metavar="[NAME|SECTION]...")
@click.option("--workers", type=click.IntRange(0, 64), default=0, help="Processes; 0: one for each core.")
@click.option("--whole", is_flag=True, help="Every test, not only those of the fault's section and the bystanders.")
@click.option("--report-dir", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"))
@click.pass_context
def faults_run(context: click.Context, /, names: tuple[str, ...], workers: int, report_dir: Path, whole: bool) -> None:
    """Run the suite against each fault; every one must fail exactly the requirements that it names."""
    from conformance.cli.faulting import run_faults  # noqa: PLC0415 - loads the server

    with _refusals():
        context.exit(run_faults(names, workers, report_dir, whole=whole))
