"""Which tests pytest was asked for: those of the suite, or an extension's."""

from collections.abc import Iterable
from pathlib import Path

SUITE = Path(__file__).parents[1] / "suite"
MODULE = "conformance.suite"


def asks_for_the_suite(arguments: Iterable[str]) -> bool:
    """Whether any of pytest's arguments names the suite, or a part of it."""
    return any(_is_in_the_suite(argument) for argument in arguments)


def is_of_the_suite(path: Path) -> bool:
    return path == SUITE or SUITE in path.parents


def _is_in_the_suite(argument: str) -> bool:
    return argument.startswith(MODULE) or is_of_the_suite(Path(argument.partition("::")[0]).absolute())
