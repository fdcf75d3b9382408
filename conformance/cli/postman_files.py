"""Writes the Postman collection, and says how to run it."""

import shlex
from pathlib import Path

import click

from conformance.cli.report_folder import make
from conformance.errors import ConfigurationError
from conformance.postman import contents
from conformance.whole_file import write_whole


def write_files(folder: Path) -> None:
    """Write the files of the collection into the folder. Raises ConfigurationError when that fails."""
    make(folder, "--output")
    for name, content in contents().items():
        try:
            write_whole(folder / name, content)
        except OSError as error:
            raise ConfigurationError(
                f"{folder / name}: {error.strerror}", "name a folder that can be written with --output"
            ) from None
        click.echo(f"{folder / name}")
    place = shlex.quote(str(folder))
    click.echo(
        f"\nImport them into Postman, or run them with newman:\n"
        f"  npx newman run {place}/collection.json -e {place}/environment.json --working-dir {place} \\\n"
        '    --env-var baseUrl=https://staging.example.com --env-var apiKey="$GIMG_KEY"'
    )
