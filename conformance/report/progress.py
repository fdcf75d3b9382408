"""The progress of a run in one line: redrawn in place in a terminal, a new line every 30 s elsewhere."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from conformance.report.hostile import one_line
from conformance.verdict import PROPERTY, Verdict
from conformance.world.overlap import awaited

EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class Progress:
    """A pytest plugin. Under xdist it works in the controller only.

    `clock` counts seconds. Where the console is no terminal, a line is written at most every `every` seconds. The hooks
    run in the thread of the tests; drawing and the timer run in other threads, and only read.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic, every: float = EVERY) -> None:
        self.console = console
        self.clock, self.every = clock, every
        self.total = self.done = self.failures = 0
        self.title = "starting"
        self._began = self._told = clock()
        self._live: Live | None = None
        self._stopped = threading.Event()
        self._telling = threading.Lock()

    @property
    def line(self) -> str:
        """The state in words."""
        failures = f", {self.failures} failed" if self.failures else ""
        return f"{self.done} of {self.total} tests{failures}, {self.clock() - self._began:.0f} s: {self._at_work}"

    @property
    def _at_work(self) -> str:
        """The running test, or what the run waits for."""
        waiting = awaited(time.monotonic())
        return f"waiting for {waiting}" if waiting else self.title

    def start(self) -> None:
        """Begin to draw in a terminal; elsewhere, begin to write lines."""
        if not self.console.is_terminal:
            threading.Thread(target=self._beat, daemon=True).start()
        if self.console.is_terminal:
            # The suite's own output is captured; nothing of ours passes through sys.stdout.
            self._live = Live(
                get_renderable=self.__rich__,
                console=self.console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    def _beat(self) -> None:
        while not self._stopped.wait(self.every):
            self._tell()

    def stop(self) -> None:
        """Restore the terminal. May be called more than once."""
        with self._telling:
            self._stopped.set()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = max(self.total, len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002 - the hook's
        self.total = max(self.total, len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        name = nodeid.rpartition("::")[2].partition("[")
        self.title = one_line(name[0].removeprefix("test_").replace("_", " "), 80)
        self._tell()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failures += sum(_failed(value) for name, value in report.user_properties if name == PROPERTY)
        if report.when == "teardown":
            self.done += 1
            self._tell()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self.stop()

    def _tell(self) -> None:
        with self._telling:
            if not self._stopped.is_set() and self._live is None and self.clock() - self._told >= self.every:
                self._told = self.clock()
                self.console.print(Text(self.line), soft_wrap=True)

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(width=20)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        failures = Text(f" {self.failures} failed" if self.failures else "", style="red")
        count = Text.assemble(f"{self.done}/{self.total}", failures)
        spinner = Spinner("line" if self.console.options.ascii_only else "dots", style="cyan")
        spinner.start_time = self._began
        bar = ProgressBar(
            total=max(self.total, 1), completed=self.done, width=20, complete_style="cyan", finished_style="green"
        )
        table.add_row(spinner, bar, count, Text(self._at_work, style="dim"))
        return table


def _failed(value: Any) -> bool:
    outcome = value.get("outcome") if isinstance(value, dict) else None
    return isinstance(outcome, dict) and outcome.get("verdict") == Verdict.FAIL
