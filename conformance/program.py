"""How this program was called: commands that a terminal shows can be copied as they stand.

Files never tell it: they go to others, who call it otherwise.
"""

import re
import shlex
import sys
from pathlib import Path

PROGRAM = "gimg-conformance"
MODULE = "conformance.cli"
_COMMAND = re.compile(rf"(?:^|(?<=`)|(?<=: )){PROGRAM}(?= -?[a-z]+\b)")
"""The name where a command begins, and not where it is that of the suite."""


def called() -> str:
    """As a shell takes it: the path as typed, the plain name where that finds it, or Python with the module."""
    path = sys.argv[0]
    if Path(path).parts[-3:] == (*MODULE.split("."), "__main__.py"):
        return f"{shlex.quote(sys.orig_argv[0])} -m {MODULE}"
    return PROGRAM if Path(path).name != PROGRAM or _is_found(path) else shlex.quote(path)


def _is_found(path: str) -> bool:
    from shutil import which  # noqa: PLC0415 - --help is fast without

    found = which(PROGRAM)
    return found is not None and Path(found).absolute() == Path(path).absolute()


def as_called(text: str) -> str:
    """A text for a terminal, with the commands in it as this program was called."""
    return _COMMAND.sub(lambda _: called(), text)
