"""What may follow `--`: anything for pytest that names no tests of the suite, since `--only` and `--failed` do."""

from collections.abc import Sequence
from pathlib import Path

from conformance.errors import ConfigurationError

LAST = {"--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--new-first", "--sw", "--stepwise"}
"""They rest on a cache of pytest's, which a run of ours does not keep."""
TAKES_A_WORD = {"-k", "-m", "-p", "-o", "-W", "-c", "--deselect", "--ignore"}
SUITE = Path(__file__).parents[1] / "suite"


def check_passed_on(arguments: Sequence[str]) -> None:
    """Raises ConfigurationError for what pytest would not find, not know, or widen to the whole suite."""
    before = ""
    for argument in arguments:
        if argument.partition("=")[0] in LAST:
            raise ConfigurationError(f"{argument} does not work here", "use `--failed`: what failed in the last report")
        if argument == "--pyargs" or (before not in TAKES_A_WORD and _names_tests(argument)):
            remedy = "" if argument == "--pyargs" else f" {argument!r}"
            raise ConfigurationError(
                f"{argument} after -- does not choose tests: the whole suite would run", f"use `--only{remedy}`"
            )
        before = argument


def _names_tests(argument: str) -> bool:
    place = argument.partition("::")[0]
    if argument.startswith("-"):
        return False
    ours = (
        place.startswith(("suite/", "conformance.suite", "conformance/suite"))
        or SUITE in Path(place).absolute().parents
    )
    return ours or "::" in argument or (SUITE / Path(place).name == SUITE / place and (SUITE / place).is_file())
