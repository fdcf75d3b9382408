"""An error that the user can correct ends in one message and exit status 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from conformance.program import as_called


class Refusal(click.ClickException):
    """Wrong usage or configuration."""

    exit_code = 2

    def format_message(self) -> str:
        """With commands as this program was called."""
        return as_called(super().format_message())


@contextmanager
def refusals() -> Iterator[None]:
    """Turns a SuiteError into such a message."""
    from conformance.errors import SuiteError  # noqa: PLC0415 - costs nothing where nothing is wrong

    try:
        yield
    except SuiteError as error:
        raise Refusal(str(error)) from None
