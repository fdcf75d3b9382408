"""The progress of a run: redrawn in place in a terminal; elsewhere a line every 30 s, and where something is new."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from conformance.counted import counted
from conformance.plan.settings import SETTINGS
from conformance.plan.so_far import SPENT, WAITS
from conformance.program import as_called
from conformance.report.finding_block import name_of
from conformance.report.hostile import one_line
from conformance.report.layout import in_signs_of
from conformance.report.palette import LOOKS
from conformance.verdict import PROPERTY, Outcome, Verdict, findings
from conformance.world.overlap import Wait, awaited, minutes, waits

EVERY = 30.0
"""Seconds between lines where there is no terminal and nothing is new."""
SOON = 5.0
"""The least seconds between them where something is."""
BAR, WIDE = 16, 96
"""Columns of the bar, and of a terminal that has room for it."""
MOST_NAMES = 3
"""Findings told by name: the last ones."""


class Progress:
    """A pytest plugin. Under xdist it works in the controller only.

    `clock` counts seconds. Where nothing is drawn (`live`; by default, where the console is no terminal), a line is
    written every `every` seconds, and when a finding or something awaited is new. The hooks run in the thread of the
    tests; drawing and the timer run in other threads, and only read.
    """

    def __init__(
        self,
        console: Console,
        *,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        every: float = EVERY,
    ) -> None:
        self.console, self.live = console, console.is_terminal if live is None else live
        self.clock, self.every = clock, every
        self.total = self.done = 0
        self.title, self.run = "starting", ""
        self.found: tuple[str, ...] = ()
        """The findings so far, by name. Checks of all traffic judge at the end."""
        self.planned: dict[str, int] = {}
        self.spent: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self.elsewhere: Callable[[], list[Wait]] = list
        """What workers wait for."""
        self._failed: list[Outcome] = []
        self._began = self._told = clock()
        self._known: object = ((), set())
        self._live: Live | None = None
        self._stopped = threading.Event()
        self._telling = threading.Lock()

    @property
    def line(self) -> str:
        """The state in words."""
        tests = f"{self.done} of {counted(self.total, 'test')}"
        cost = (
            f"{amount} of about {counted(self.planned[what], one)}" if what in self.planned else counted(amount, one)
            for what, one, amount in ((what, what.removesuffix("s"), amount) for what, amount in self._costs.items())
        )
        found = f"{counted(len(self.found), 'finding')}: {self._names}" if self.found else "no finding"
        facts = ", ".join((self._elapsed, tests, *cost, found))
        return f"{f'{self.run}: ' if self.run else ''}{facts}; {self._at_work}"

    @property
    def _elapsed(self) -> str:
        return minutes(self.clock() - self._began)

    @property
    def _costs(self) -> dict[str, int]:
        return dict(zip(("requests", "credits"), self.spent(), strict=True))

    @property
    def _names(self) -> str:
        left = len(self.found) - MOST_NAMES
        return "; ".join(self.found[-MOST_NAMES:]) + (f"; and {left} before" if left > 0 else "")

    @property
    def _at_work(self) -> str:
        """The running test, or what the run waits for."""
        waiting = awaited(time.monotonic(), self.elsewhere())
        return f"waiting for {waiting}" if waiting else self.title

    def start(self) -> None:
        """Begin to draw in a terminal; elsewhere, begin to write lines."""
        if not self.live:
            threading.Thread(target=self._beat, daemon=True).start()
            return
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
        while not self._stopped.wait(min(self.every, SOON)):
            self._tell()

    def stop(self) -> None:
        """Restore the terminal. May be called more than once."""
        with self._telling:
            self._stopped.set()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Learn what is run, and against what."""
        stash = session.config.stash
        if (settings := stash.get(SETTINGS, None)) is None:
            return
        target = "reference" if settings.embedded else settings.target.target.name or settings.target.target.base_url
        self.run = one_line(f"{settings.profile} {target}", 60)
        self.spent, self.elsewhere = stash.get(SPENT, self.spent), stash.get(WAITS, self.elsewhere)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = max(self.total, len(session.items))
        if session.items:
            self._show_plan(session.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        self.total = max(self.total, len(ids))
        self._show_plan(node.config)

    def _show_plan(self, config: pytest.Config) -> None:
        """Once, what the run is going to take, in lines that stay."""
        from conformance.plan.estimate import PLAN  # noqa: PLC0415 - reads the contract
        from conformance.report.plan_table import short_lines, totals  # noqa: PLC0415 - as above

        plan = config.stash.get(PLAN, None)
        if plan is None or self.planned:
            return
        self.planned = totals(plan)
        for line in short_lines(plan):
            self.console.print(in_signs_of(self.console, Text(as_called(one_line(line, 200)))), soft_wrap=True)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        name = nodeid.rpartition("::")[2].partition("[")
        self.title = one_line(name[0].removeprefix("test_").replace("_", " "), 80)
        self._tell()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY and _failed(value):
                self._failed.append(Outcome.from_json(value["outcome"]))  # type: ignore[index]
                self.found = tuple(name_of(one.requirements, one.cause) for one in findings(self._failed))
        if report.when == "teardown":
            self.done += 1
            self.total = self.total and max(self.total, self.done)  # some are run once more
            self._tell()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self.stop()

    def _tell(self) -> None:
        with self._telling:
            if self._stopped.is_set() or self._live is not None:
                return
            news = self.found, {what for _, what in (*waits(), *self.elsewhere())}
            since = self.clock() - self._told
            if since >= self.every or (news != self._known and since >= SOON):
                self._told, self._known = self.clock(), news
                self.console.print(in_signs_of(self.console, Text(self.line)), soft_wrap=True)

    def __rich__(self) -> Group:
        table = Table.grid(padding=(0, 1))
        cost = (
            f"{amount}{f'/{self.planned[what]}' if self.planned else ''} {what}" for what, amount in self._costs.items()
        )
        facts = "  ".join((self.run, self._elapsed, f"{self.done}/{self.total} tests", *cost)).strip()
        cells: list[RenderableType] = [self._spinner, *([self._bar] if self.console.width >= WIDE else []), Text(facts)]
        for _ in cells:
            table.add_column(no_wrap=True)
        table.add_row(*cells)
        lines = [Text(f"  {self._at_work}", style="dim")]
        if self.found:
            look = LOOKS[Verdict.FAIL]
            lines.append(Text(f"{look.sign} {counted(len(self.found), 'finding')}: {self._names}", style=look.style))
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(table, *(in_signs_of(self.console, line) for line in lines))

    @property
    def _spinner(self) -> Spinner:
        spinner = Spinner("line" if self.console.options.ascii_only else "dots", style="cyan")
        spinner.start_time = self._began
        return spinner

    @property
    def _bar(self) -> ProgressBar:
        total = max(self.total, 1)
        return ProgressBar(total=total, completed=self.done, width=BAR, complete_style="cyan", finished_style="green")


def _failed(value: Any) -> bool:
    outcome = value.get("outcome") if isinstance(value, dict) else None
    return isinstance(outcome, dict) and outcome.get("verdict") == Verdict.FAIL
