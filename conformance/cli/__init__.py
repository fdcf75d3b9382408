"""The command line. What a command needs is loaded when it runs, so that --help is quick."""

from pathlib import Path

import click

from conformance import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FAILED_USAGE = 2


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, package_name="gimg-conformance", message="%(prog)s %(version)s")
def main() -> None:
    """Does a server keep every promise of the image-generation API's documentation?"""


@main.command()
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
@click.option("--workers", type=click.IntRange(1, 5), default=1, show_default=True, help="Processes that share the work.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed sends the same requests.")
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Leave out what would wait longer, in real seconds; 0: no limit.",
)
@click.option("--strict", is_flag=True, help="What a target SHOULD do decides as well.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def run(
    context: click.Context,
    target: Path | None,
    base_url: str | None,
    api_key: str | None,
    profile: str | None,
    report_dir: Path,
    workers: int,
    seed: int,
    max_wait: float,
    strict: bool,
    pytest_args: tuple[str, ...],
) -> None:
    """Test a target: TARGET.toml, or a URL and a key, or the embedded reference server. After --: options for pytest.

    \b
    Exit status: 0 conformant, 1 not conformant, 2 wrong usage or configuration,
    3 not decided, 130 interrupted.
    """
    from conformance.cli.run import Order, execute  # noqa: PLC0415 - loads pytest and rich

    target, pytest_args = _without_separator(target, pytest_args)
    order = Order(
        target=target,
        base_url=base_url or "",
        api_key=api_key or "",
        profile=profile or "",
        report_dir=report_dir,
        workers=workers,
        seed=seed,
        max_wait=max_wait,
        strict=strict,
        pytest_args=pytest_args,
    )
    context.exit(execute(order))


@main.command()
@click.argument("id_", metavar="[ID]", required=False)
def requirements(id_: str | None) -> None:
    """List every requirement, or show one: its sentence, source, rulings, tests and needs."""
    from conformance.cli.requirements import show  # noqa: PLC0415 - loads rich

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
@click.option("--print-target", is_flag=True, help="Print the target file of this server, and end.")
def serve(port: int, clock: str, print_target: bool) -> None:
    """Run the reference server."""
    from conformance.cli.serve import serve_reference  # noqa: PLC0415 - loads the server

    serve_reference(port, clock, print_target=print_target)
