"""Files and folders among the arguments of a command."""

from pathlib import Path
from typing import Any

import click


class _Named(click.Path):
    """A path. An empty word, as of a variable that is not set, would be the working directory, or no path at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            what = "file" if self.file_okay else "folder"
            self.fail(f"is empty; name a {what}, or look whether a variable is set", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _Named(path_type=Path, file_okay=False)
FILE = _Named(path_type=Path, dir_okay=False)
EITHER = _Named(path_type=Path)
KEY = _Named(path_type=str, dir_okay=False)
"""A file, or env:NAME."""
