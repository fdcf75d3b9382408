"""`gimg-conformance postman`, as click reads it. What it does is loaded when it runs."""

from pathlib import Path

import click

from conformance.cli.paths import FOLDER
from conformance.cli.refusals import refusals


@click.command(short_help="Write the contract as a Postman collection.")
@click.option(
    "--output",
    type=FOLDER,
    default=Path("postman"),
    show_default=True,
    help="Folder for the files.",
)
def postman(output: Path) -> None:
    """Write a Postman collection of the API, with an environment to fill in and the image that a run uploads.

    Every request has tests of status, headers and body. Nothing is sent.
    """
    from conformance.cli.postman_files import write_files  # noqa: PLC0415 - loads the contract

    with refusals():
        write_files(output)
