"""`gimg-conformance report`: the reports of an earlier run from its report folder, without its target."""

from pathlib import Path

import pytest
from rich.console import Console

from conformance.cli.engine import run_pytest
from conformance.cli.report_folder import make
from conformance.errors import ConfigurationError
from conformance.report import Report, write
from conformance.report.files import formats_of
from conformance.report.languages import ENGLISH
from conformance.report.terminal import print_report

TERMINAL = "terminal"


def rebuild(folder: Path, words: str, output: Path, *, again: bool, lang: str = ENGLISH) -> int:
    """Write and print the reports, and return the exit status of `run`. Raises ConfigurationError.

    `words` are the formats with commas. `again`: the tests of this suite judge what was recorded; else the verdicts
    are those of the run.
    """
    formats = formats_of(words, "--to", also=(TERMINAL,))
    from conformance.session.rebuild import evidence_of, rebuilt  # noqa: PLC0415 - loads the suite

    report, evidence = (_judged_again(folder), evidence_of(folder)) if again else rebuilt(folder)
    make(output)
    files = [write(name, report, output, *evidence, lang) for name in formats if name != TERMINAL]
    if TERMINAL in formats:
        print_report(report, Console(highlight=False), files)
    return report.exit_status


def _judged_again(folder: Path) -> Report:
    ended = run_pytest([f"--gimg-replay={folder.absolute()}"], {}, [])
    if ended.refusal:
        raise ended.refusal
    if ended.report is None or ended.status in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
        raise ConfigurationError(f"{folder} could not be judged again: {ended.said}", "please report it")
    return ended.report
