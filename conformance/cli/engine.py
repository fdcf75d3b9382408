"""Runs pytest in this process, isolated: no plugin, setting or option of the surroundings changes a verdict."""

import contextlib
import gc
import io
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.evidence import Exchange
from conformance.evidence.attempt import Attempt
from conformance.plan.refusal import REFUSAL
from conformance.report import Report

Evidence = tuple[Sequence[Exchange], Sequence[Attempt]]
PACKAGE = Path(__file__).parents[1]
STRANGERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
BASE = (
    "-c",
    os.devnull,
    f"--rootdir={PACKAGE}",
    f"--confcutdir={PACKAGE}",
    "-p",
    "conformance.plugin",
    "-p",
    "no:cacheprovider",
    "--capture=no",  # all output is caught below; pytest would begin anew with each phase of each test
    "--tb=native",  # nobody sees pytest's own account of a failure, which takes it longer than most tests
    # By its path: for a name, pytest would look for a conftest.py in the working directory.
    str(PACKAGE / "suite"),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How pytest ended: `status` is its exit status, `said` its error message.

    `refusal`: why the plugin refused the run before anything was sent. `files`: the reports that were written.
    """

    status: int
    report: Report | None
    said: str
    broken: bool
    interrupted: bool = False
    refusal: ConfigurationError | None = None
    files: tuple[Path, ...] = ()
    evidence: Evidence = ((), ())
    """What was sent and what arrived, as the report has it."""


def run_pytest(arguments: Sequence[str], environment: dict[str, str], plugins: Sequence[object]) -> Ended:
    """Run the suite with further arguments. KeyboardInterrupt before there is a session goes up to the caller.

    SIGTERM is handled like Ctrl-C, so that webhooks are removed from the target.
    """
    witness = _Witness()
    output = io.StringIO()
    with _surroundings(environment), _terminating(), _silence(output):
        try:
            status = int(pytest.main([*BASE, *arguments], plugins=[witness, *plugins]))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault of the suite
            status = int(pytest.ExitCode.INTERNAL_ERROR)
            witness.said.append(f"{type(error).__name__}: {error}")
    broken = status == pytest.ExitCode.INTERNAL_ERROR or bool(witness.said)
    said = "\n".join(witness.said) or _essence(output.getvalue())
    return Ended(
        status, witness.report, said, broken, witness.interrupted, witness.refusal, witness.files, witness.evidence
    )


class _Witness:
    """Silences pytest's own output and keeps the results."""

    def __init__(self) -> None:
        self.report: Report | None = None
        self.said: list[str] = []
        self.interrupted = False
        self.refusal: ConfigurationError | None = None
        self.files: tuple[Path, ...] = ()
        self.evidence: Evidence = ((), ())

    # After the reporter is registered, and before xdist looks for it.
    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_collection_finish(self) -> None:
        gc.freeze()  # what is loaded by now stays to the end, and the collector need not look at it again

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.said.append(f"{report.nodeid}: {report.longreprtext}")

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.said.append(str(excrepr))
        return True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest's own reasons to stop (a file that cannot be collected) are subclasses.
        self.interrupted = excinfo.type is KeyboardInterrupt

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.refusal = config.stash.get(REFUSAL, None)
        if self.refusal:
            return
        from conformance.session import EVIDENCE, FILES, REPORT  # noqa: PLC0415 - a refused command line need not load the suite

        self.report, self.files = config.stash.get(REPORT, None), config.stash.get(FILES, ())
        self.evidence = config.stash.get(EVIDENCE, self.evidence)


@contextlib.contextmanager
def _surroundings(environment: dict[str, str]) -> Iterator[None]:
    """Sets the environment of pytest and its workers, and restores the old one."""
    before = dict(os.environ)
    for name in STRANGERS:
        os.environ.pop(name, None)
    os.environ.update({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _terminating() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _silence(output: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield


def _essence(output: str) -> str:
    """The sentence of a usage error, without pytest's usage line, ini file and root directory."""
    if found := re.search(r"^.*?\berror: (.+)$", output, re.MULTILINE):
        return found[1]
    told = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    return "\n".join(told) or output.strip()
