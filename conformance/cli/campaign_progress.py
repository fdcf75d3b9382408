"""How far a campaign is: a line that is drawn anew in a terminal; elsewhere a line every 30 s."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from conformance.report.progress import EVERY
from conformance.world.overlap import minutes


class CampaignProgress:
    """Draws in the thread of who calls it, since that one forks. `clock` counts seconds."""

    def __init__(
        self, total: int, console: Console, *, live: bool, clock: Callable[[], float] = time.monotonic,
        every: float = EVERY,
    ) -> None:  # fmt: skip
        self.total, self.console, self.clock, self.every = total, console, clock, every
        self.done = self.bad = 0
        self._began = self._told = clock()
        self._live = Live(
            get_renderable=lambda: Text(self.line, style="dim", no_wrap=True, overflow="ellipsis"), console=console,
            auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False,
        ) if live else None  # fmt: skip

    @property
    def line(self) -> str:
        """The state in words."""
        bad = f", {self.bad} not as they should be" if self.bad else ""
        return f"{minutes(self.clock() - self._began)}, {self.done} of {self.total} entries{bad}"

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Inside, it is drawn."""
        self._draw()
        try:
            yield
        finally:
            self._clear()

    def tick(self) -> None:
        """Some time has passed."""
        if self._live:
            self._live.refresh()
        elif self.clock() - self._told >= self.every:
            self._told = self.clock()
            self.console.print(Text(self.line), soft_wrap=True)

    @contextmanager
    def ended(self, *, good: bool) -> Iterator[None]:
        """One more entry has; inside, its result may be printed."""
        self.done, self.bad = self.done + 1, self.bad + (not good)
        self._clear()
        yield
        self._draw()

    def _draw(self) -> None:
        if self._live:
            self._live.start(refresh=True)

    def _clear(self) -> None:
        if self._live:
            self._live.stop()
