"""How pytest ends: its exit status, and what it prints for who called it and not `gimg-conformance`."""

from pathlib import Path

import pytest

from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.refusal import REFUSAL
from conformance.report import Report
from conformance.report.beside import reports_beside, told_beside
from conformance.report.palette import RUN_STYLES
from conformance.report.terminal import finding_names, last_lines, warning_lines
from conformance.verdict import RunVerdict

REPORT = pytest.StashKey[Report]()
EVIDENCE = pytest.StashKey[tuple[list[Exchange], list[Attempt]]]()
"""What the run sent and what arrived, in order of time."""
FILES = pytest.StashKey[tuple[Path, ...]]()
"""The reports that were written."""


class Summary:
    """A pytest plugin: `gimg-conformance run` has no terminal reporter, and prints the whole report."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        stash = terminalreporter.config.stash
        report, refusal = stash.get(REPORT, None), stash.get(REFUSAL, None)
        if refusal:
            terminalreporter.write_line(f"ERROR: {refusal}", red=True)
        if report is None:
            return
        terminalreporter.section("gimg-conformance")
        for line in warning_lines(report):
            terminalreporter.write_line(line, yellow=True)
        for name in finding_names(report):
            terminalreporter.write_line(f"finding: {name}", red=True)
        for part, own in reports_beside(report):
            for name in finding_names(own):
                terminalreporter.write_line(f"finding of extension {part.area}: {name}", red=True)
        files: tuple[Path, ...] = stash.get(FILES, ())
        for line in last_lines(report, files):
            terminalreporter.write_line(line)
        colour = RUN_STYLES[report.verdict].rpartition(" ")[2]
        verdict = f"{report.verdict.upper()}  {report.summary}{told_beside(report)}"
        terminalreporter.write_line(verdict, bold=True, **{colour: True})


def status_of(report: Report, status: int, *, interrupted: bool, resumed: bool) -> int:
    """pytest's own status, but never a success where the verdict is none, and a deviation that -x stopped at.

    `interrupted`: by the user. `resumed`: an earlier part of the run may have left nothing to do.
    """
    if report.known_failures and status in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return int(pytest.ExitCode.TESTS_FAILED if report.exit_status else pytest.ExitCode.OK)
    if status == pytest.ExitCode.OK and report.verdict not in {RunVerdict.CONFORMANT, RunVerdict.PARTIAL}:
        return pytest.ExitCode.TESTS_FAILED
    stopped = status == pytest.ExitCode.INTERRUPTED and not interrupted
    if (stopped or status == pytest.ExitCode.NO_TESTS_COLLECTED) and report.verdict is RunVerdict.NONCONFORMANT:
        return pytest.ExitCode.TESTS_FAILED
    nothing_left = resumed and status == pytest.ExitCode.NO_TESTS_COLLECTED
    return pytest.ExitCode.OK if nothing_left else status


def stopped_by(config: pytest.Config, words: str) -> str:
    """Why pytest stopped early, as the option that had it do so; else its own words."""
    most = config.option.maxfail
    if not (most and words.startswith("stopping after")):
        return words
    return "-x" if most == 1 else f"--maxfail={most}"
