"""`gimg-conformance report`: the reports of an earlier run from its report folder, without its target."""

from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from conformance.cli.engine import run_pytest
from conformance.cli.report_folder import make
from conformance.cli.running import UNDECIDED
from conformance.errors import ConfigurationError
from conformance.plan.settings import EVIDENCE
from conformance.report import Report, write_json, write_junit
from conformance.report.terminal import print_report

WRITERS: dict[str, Callable[[Report, Path], Path]] = {"json": write_json, "junit": write_junit}
FORMATS = ("terminal", *WRITERS)
ELSEWHERE = "Name a folder that can be written with --output"


def rebuild(folder: Path, formats: Collection[str], output: Path, *, again: bool) -> int:
    """Write and print the reports, and return the exit status of `run`. Raises ConfigurationError.

    `again`: the tests of this suite judge what was recorded; else the verdicts are those of the run.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ConfigurationError(f"unknown format {', '.join(unknown)!r} in --to", f"choose from {', '.join(FORMATS)}")
    told = _signatures(folder) if again else ""
    report = _judged_again(folder) if again else _as_judged(folder)
    make(output, "--output")
    files, unwritten = _written(report, [name for name in formats if name in WRITERS], output)
    if "terminal" in formats:
        print_report(report, Console(highlight=False), files)
        if told:
            Console(stderr=True, highlight=False).print(told, soft_wrap=True)
    for failure in unwritten:
        Console(stderr=True, highlight=False).print(Text(f"Error: {failure}"), soft_wrap=True)
    return report.exit_status or (UNDECIDED if unwritten else 0)


def _written(report: Report, formats: Collection[str], output: Path) -> tuple[list[Path], list[str]]:
    """The files, and why others could not be written."""
    files, failures = list[Path](), list[str]()
    for name in formats:
        try:
            files.append(WRITERS[name](report, output))
        except OSError as error:
            failures.append(f"{output}: {name} could not be written: {error.strerror}. {ELSEWHERE}")
    return files, failures


def _as_judged(folder: Path) -> Report:
    from conformance.session.rebuild import rebuilt  # noqa: PLC0415 - loads the suite

    return rebuilt(folder)


def _signatures(folder: Path) -> str:
    """Whether what signed the deliveries was found anew, or is taken from the record."""
    from conformance.client.endpoint_secrets import kept_secrets  # noqa: PLC0415 - loads the client
    from conformance.session.run_log import REMEDY  # noqa: PLC0415 - loads the suite

    try:
        count = len(kept_secrets(folder / EVIDENCE).secrets)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{folder / EVIDENCE} cannot be read: {error}", REMEDY) from None
    if count:
        return f"Signatures: judged again with the secrets of {count} endpoint{'' if count == 1 else 's'}."
    return "Signatures: recorded, not re-checkable. `run --keep-secrets` keeps what that takes."


def _judged_again(folder: Path) -> Report:
    ended = run_pytest([f"--gimg-replay={folder.absolute()}"], {}, [])
    if ended.refusal:
        raise ended.refusal
    if ended.report is None or ended.status in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
        raise ConfigurationError(f"{folder} could not be judged again: {ended.said}", "please report it")
    return ended.report
