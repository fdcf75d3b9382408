"""Files, folders and words among the arguments of a command, none of which may be empty."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource


class _Named(click.Path):
    """A path. An empty word, as of a variable that is not set, would be the working directory, or no path at all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            what = "file" if self.file_okay else "folder"
            self.fail(f"is empty; name a {what}, or look whether a variable is set", param, ctx)
        return super().convert(value, param, ctx)


class _Word(click.types.StringParamType):
    """A text. An empty one would be taken as if the option had not been given."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name = param.name if param else None
        given = not (ctx and name) or ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
        if value == "" and given:
            self.fail("is empty; leave it out, or look whether a variable is set", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = _Named(path_type=Path, file_okay=False)
FILE = _Named(path_type=Path, dir_okay=False)
EITHER = _Named(path_type=Path)
KEY = _Named(path_type=str, dir_okay=False)
"""A file, or env:NAME."""
WORD = _Word()


def once(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> str:
    """A callback: the only value, or "". click would take the last of several without a word."""
    if len(values) > 1:
        raise click.BadParameter("was given more than once; give one of them", context, parameter)
    return values[0] if values else ""
