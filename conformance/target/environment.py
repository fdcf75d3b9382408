"""Options that name an environment variable, so that no list of processes shows what is in it."""

import os

from conformance.errors import ConfigurationError

SET = "set it: `export {}=…`"


def from_environment(text: str, where: str, remedy: str = SET) -> str:
    """What the variable of `env:NAME` holds; any other text as it is. Raises ConfigurationError.

    `where` is the option that has the text; `{}` in the remedy is the variable's name.
    """
    if not text.startswith("env:"):
        return text
    variable = text.removeprefix("env:")
    if not os.environ.get(variable):
        told = f"{where}: the environment variable {variable!r} is not set"
        raise ConfigurationError(told, remedy.format(variable))
    return os.environ[variable]
