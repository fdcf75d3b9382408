"""`gimg-conformance report`: the reports of an earlier run from its report folder, without its target."""

import sys
from pathlib import Path

import pytest
from rich.text import Text

from conformance.cli.engine import Evidence, run_pytest
from conformance.cli.report_folder import make
from conformance.cli.running import UNDECIDED
from conformance.counted import counted
from conformance.errors import ConfigurationError
from conformance.plan.settings import EVIDENCE
from conformance.report import Report, write
from conformance.report.files import formats_of
from conformance.report.layout import console_for
from conformance.report.terminal import print_report
from conformance.requirements.translation import ENGLISH

TERMINAL = "terminal"
ELSEWHERE = "Name a folder that can be written with --output"


def rebuild(folder: Path, words: str, output: Path, *, again: bool, verbose: bool, lang: str = ENGLISH) -> int:
    """Write and print the reports, and return the exit status of `run`. Raises ConfigurationError.

    `words` are the formats with commas. `verbose`: print all there is to say. `again`: the tests of this suite judge
    what was recorded; else the verdicts are those of the run.
    """
    formats = formats_of(words, "--to", also=(TERMINAL,))
    from conformance.session.rebuild import rebuilt  # noqa: PLC0415 - loads the suite
    from conformance.session.resuming import going_on  # noqa: PLC0415 - as above

    told = _signatures(folder) if again else ""
    report, evidence = judged_again(folder) if again else rebuilt(folder)
    make(output, "--output")
    files, unwritten = list[Path](), list[str]()
    for name in formats:
        if name != TERMINAL:
            try:
                files.append(write(name, report, output, *evidence, lang))
            except OSError as error:
                unwritten.append(f"{output}: {name} could not be written: {error.strerror}. {ELSEWHERE}")
    if TERMINAL in formats:
        print_report(report, console_for(sys.stdout), files, folder=folder, resume=going_on(folder), verbose=verbose)
        if told:
            console_for(sys.stderr).print(told)
    for failure in unwritten:
        console_for(sys.stderr).print(Text(f"Error: {failure}"))
    return report.exit_status or (UNDECIDED if unwritten else 0)


def _signatures(folder: Path) -> str:
    """Whether what signed the deliveries was found anew, or is taken from the record."""
    from conformance.client.endpoint_secrets import kept_secrets  # noqa: PLC0415 - loads the client
    from conformance.session.run_log import REMEDY  # noqa: PLC0415 - loads the suite

    try:
        count = len(kept_secrets(folder / EVIDENCE).secrets)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{folder / EVIDENCE} cannot be read: {error}", REMEDY) from None
    if count:
        return f"Signatures: judged again with the secrets of {counted(count, 'endpoint')}."
    return "Signatures: recorded, not re-checkable. `run --keep-secrets` keeps what that takes."


def judged_again(folder: Path) -> tuple[Report, Evidence]:
    """What this suite's tests make of a report folder's evidence, and that. Raises ConfigurationError."""
    ended = run_pytest([f"--gimg-replay={folder.absolute()}"], {}, [])
    if ended.refusal:
        raise ended.refusal
    if ended.report is None or ended.status in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
        raise ConfigurationError(f"{folder} could not be judged again: {ended.said}", "please report it")
    return ended.report, ended.evidence
